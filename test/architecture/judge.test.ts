import assert from 'node:assert/strict';
import test from 'node:test';
import { string } from '../../lib/option/declare.ts';
import { defineFilter } from '../../lib/plugin/define.ts';
import { judge } from './judge.ts';
import { judgePlugins } from './plugins.ts';

/** Faults of a made-up tree: `path: text` pairs. */
function faultsOf(tree: { readonly [path: string]: string }): string[] {
  const files = Object.entries(tree).map(([path, text]) => ({ path, text }));
  return judge(files, { dependencies: ['yaml', '@msgpack/msgpack'], devDependencies: ['tsx'] });
}

/** Faults of one file that imports another one, both otherwise right. */
function importing(from: string, to: string, statement?: string): string[] {
  const up = '../'.repeat(from.split('/').length - 1);
  const plugin = 'export default 1;\n';
  const text = statement ?? `import { it } from '${up === '' ? './' : up}${to}';\n`;
  const isPlugin = (path: string): boolean => /^(operators|connectors)/.test(path);
  return faultsOf({
    [from]: `${text}${isPlugin(from) ? plugin : ''}`,
    [to]: isPlugin(to) ? plugin : '',
  });
}

const rightImports = [
  ['lib/log.ts', 'lib/error.ts'],
  ['lib/event/time.ts', 'lib/error.ts'],
  ['lib/codec/forward.ts', 'lib/event/time.ts'],
  ['lib/codec/forward.ts', 'lib/codec/bytes.ts'],
  ['lib/plugin/catalog.ts', 'lib/option/nearest.ts'],
  ['lib/buffer/flush.ts', 'lib/buffer/store/memory.ts'],
  ['lib/buffer/store/file.ts', 'lib/plugin/contract.ts'],
  ['lib/buffer/store/file.ts', 'lib/buffer/store/frame.ts'],
  ['lib/buffer/flush.ts', 'lib/plugin/contract.ts'],
  ['lib/plugin/define.ts', 'lib/plugin/contract.ts'],
  ['lib/plugin/define.ts', 'lib/stream/queue.ts'],
  ['lib/graph/pipeline.ts', 'lib/buffer/store/memory.ts'],
  ['lib/graph/pipeline.ts', 'lib/plan/plan.ts'],
  ['lib/cli/main.ts', 'lib/process/run.ts'],
  ['lib/index.ts', 'lib/testing/index.ts'],
  ['operators/filter/grep.ts', 'lib/plugin/define.ts'],
  ['connectors/input/tail.ts', 'lib/net/server.ts'],
  ['connectors/input/tail.ts', 'lib/file/position.ts'],
] as const;

for (const [from, to] of rightImports) {
  test(`${from} may import ${to}`, () => assert.deepEqual(importing(from, to), []));
}

const wrongImports = [
  ['lib/error.ts', 'lib/event/time.ts'],
  ['lib/event/time.ts', 'lib/metric/metric.ts'],
  ['lib/codec/forward.ts', 'lib/option/text.ts'],
  ['lib/option/text.ts', 'lib/plugin/define.ts'],
  ['lib/buffer/flush.ts', 'lib/stream/queue.ts'],
  ['lib/buffer/store/file.ts', 'lib/buffer/flush.ts'],
  ['lib/buffer/store/file.ts', 'lib/plugin/define.ts'],
  ['lib/stream/queue.ts', 'lib/plugin/define.ts'],
  ['lib/net/server.ts', 'lib/plugin/contract.ts'],
  ['lib/plugin/contract.ts', 'lib/plugin/define.ts'],
  ['lib/stream/queue.ts', 'lib/buffer/store/file.ts'],
  ['lib/config/parse.ts', 'lib/graph/pipeline.ts'],
  ['lib/testing/clock.ts', 'lib/cli/main.ts'],
  ['lib/cli/main.ts', 'lib/index.ts'],
  ['lib/cli/main.ts', 'connectors/input/tail.ts'],
  ['operators/filter/grep.ts', 'lib/net/server.ts'],
  ['operators/filter/grep.ts', 'lib/file/position.ts'],
  ['operators/filter/grep.ts', 'operators/filter/stdout.ts'],
  ['connectors/input/tail.ts', 'operators/parser/json.ts'],
  ['connectors/output/file.ts', 'lib/buffer/flush.ts'],
  ['operators/filter/grep.ts', 'lib/stream/queue.ts'],
] as const;

for (const [from, to] of wrongImports) {
  test(`${from} may not import ${to}`, () => assert.equal(importing(from, to).length, 1));
}

test('an import counts whatever its form', () => {
  for (const statement of [
    `import type { Time } from '../event/time.ts';`,
    `import { type Time } from '../event/time.ts';`,
    `import '../event/time.ts';`,
    `const time = await import('../event/time.ts');`,
    `type Time = import('../event/time.ts').Time;`,
    `import type { Fine } from '../error.ts'; import type { Time } from '../event/time.ts';`,
  ]) {
    const faults = importing('lib/metric/metric.ts', 'lib/event/time.ts', `${statement}\n`);
    assert.match(faults.join('\n'), /lib\/metric\/metric\.ts:1: imports .*is not below/, statement);
  }
});

test('a dependency must be declared, and a tool is none for the runtime', () => {
  assert.deepEqual(faultsOf({ 'lib/log.ts': `import { parse } from 'yaml';` }), []);
  assert.deepEqual(faultsOf({ 'lib/log.ts': `import '@msgpack/msgpack/dist/x.js';` }), []);
  assert.equal(faultsOf({ 'lib/log.ts': `import express from 'express';` }).length, 1);
  assert.equal(faultsOf({ 'lib/log.ts': `import 'tsx';` }).length, 1);
  assert.deepEqual(faultsOf({ 'test/lib/log.test.ts': `import 'tsx';` }), []);
  assert.equal(faultsOf({ 'lib/log.ts': `import fs from 'fs';` }).length, 1);
});

test('an import of a file that is not there is a fault, but for the description of the package', () => {
  assert.equal(faultsOf({ 'lib/log.ts': `import './error.js';`, 'lib/error.ts': '' }).length, 1);
  assert.deepEqual(faultsOf({ 'lib/log.ts': `import own from '../package.json';` }), []);
  assert.equal(faultsOf({ 'lib/log.ts': `import own from './package.json';` }).length, 1);
});

test('a file outside of the rooms is a fault', () => {
  assert.equal(faultsOf({ 'lib/misc/thing.ts': '' }).length, 1);
  assert.equal(faultsOf({ 'lib/thing.ts': '' }).length, 1);
  assert.equal(faultsOf({ 'connectors/input/tail/parts.ts': '' }).length, 1);
  assert.equal(faultsOf({ 'connectors/tail.ts': '' }).length, 1);
});

test('only the surface re-exports', () => {
  const text = `export { it } from '../error.ts';`;
  assert.equal(faultsOf({ 'lib/event/index.ts': text, 'lib/error.ts': '' }).length, 1);
  assert.deepEqual(faultsOf({ 'lib/testing/index.ts': text, 'lib/error.ts': '' }), []);
  assert.equal(
    faultsOf({ 'lib/event/a.ts': `export * from './b.ts';`, 'lib/event/b.ts': '' }).length,
    1,
  );
});

test('a file may have 400 lines, a test 600', () => {
  assert.deepEqual(faultsOf({ 'lib/log.ts': '\n'.repeat(400) }), []);
  assert.equal(faultsOf({ 'lib/log.ts': '\n'.repeat(401) }).length, 1);
  assert.deepEqual(faultsOf({ 'test/lib/log.test.ts': '\n'.repeat(600) }), []);
  assert.equal(faultsOf({ 'test/lib/log.test.ts': '\n'.repeat(601) }).length, 1);
});

test('names are snake_case and say something', () => {
  for (const path of [
    'lib/event/tagPattern.ts',
    'lib/event/tag-pattern.ts',
    'lib/event/Tag.ts',
    'lib/event/tag.old.ts',
    'lib/event/event_utils.ts',
    'lib/net/http_handler.ts',
    'test/helpers/thing.ts',
  ]) {
    assert.equal(faultsOf({ [path]: '' }).length, 1, path);
  }
  assert.deepEqual(faultsOf({ 'lib/event/database.ts': '', 'test/lib/a_b2.test.ts': '' }), []);
});

test('no type takes the name of a global or says nothing', () => {
  for (const text of [
    'export interface Event {}',
    'type Record = string;',
    'export class Buffer {}',
    'interface ChunkManager {}',
    'export type FrameData = string;',
  ]) {
    assert.equal(faultsOf({ 'lib/log.ts': text }).length, 1, text);
  }
  assert.deepEqual(faultsOf({ 'lib/log.ts': 'export interface EventBatch {}' }), []);
});

test('a plugin is the default export of its file, and nothing else has one', () => {
  for (const text of ['export default 1;', 'const a = 1;\nexport { a as default };']) {
    assert.equal(faultsOf({ 'lib/log.ts': text }).length, 1, text);
    assert.deepEqual(faultsOf({ 'operators/filter/grep.ts': text }), [], text);
  }
  assert.equal(faultsOf({ 'lib/log.ts': 'export default function run() {}' }).length, 1);
  assert.equal(faultsOf({ 'operators/filter/grep.ts': 'export const grep = 1;' }).length, 1);
  assert.deepEqual(faultsOf({ 'test/golden/suite.ts': 'export default 1;' }), []);
});

const options = { key: string({ doc: 'A key.' }) };
const create = () => () => null;
const grep = defineFilter({ type: 'grep', doc: 'Filters.', options, create });
const grepPath = 'operators/filter/grep.ts';
const grepTests = new Set(['test/operators/filter/grep.test.ts']);
const grepLine = '| filter | `grep` | keeps what matches |\n';

test('a plugin with name, test, doc and README line has no fault', () => {
  assert.deepEqual(judgePlugins([{ path: grepPath, plugin: grep }], grepTests, grepLine), []);
});

test('whatever a plugin lacks is a fault', () => {
  const one = (path: string, plugin: unknown, tests = grepTests, readme = grepLine): string =>
    judgePlugins([{ path, plugin }], tests, readme).join('\n');
  assert.match(one(grepPath, grep, new Set()), /has no test/);
  assert.match(one(grepPath, grep, grepTests, '`grep`'), /no line in the README/);
  assert.match(one(grepPath, {}), /is no plugin/);
  assert.match(one('operators/filter/drop.ts', grep), /type is `grep`/);
  assert.match(one('operators/parser/grep.ts', grep), /kind is `filter`/);
  assert.match(one('operators/misc/grep.ts', grep), /no kind of plugin/);
  assert.match(one(grepPath, grep, grepTests, `${grepLine}| input | \`gone\` | |\n`), /not exist/);
  const silent = defineFilter({ type: 'grep', doc: '', options, create });
  assert.match(one(grepPath, silent), /no doc/);
  const bare = { key: string({ doc: ' ' }) };
  const undocumented = defineFilter({ type: 'grep', doc: 'Filters.', options: bare, create });
  assert.match(one(grepPath, undocumented), /`key` has no doc/);
});
