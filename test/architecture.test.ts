import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { isPluginFile, judge } from './architecture/judge.ts';
import { judgePlugins } from './architecture/plugins.ts';
import { readTree } from './architecture/tree.ts';

const root = join(import.meta.dirname, '..');
// A project of a user's, which has only the package: it is no part of the tree.
const foreign = 'test/package/project/';
const files = readTree(root, ['lib', 'operators', 'connectors', 'test', 'examples']).filter(
  ({ path }) => !path.startsWith(foreign),
);

test('every file keeps to the design: rows, names, lengths, exports', () => {
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const declared = {
    // A part that needs a peer is imported by itself, by whoever has installed it.
    dependencies: Object.keys({ ...dependencies, ...peerDependencies }),
    devDependencies: Object.keys(devDependencies),
  };
  assert.deepEqual(judge(files, declared), []);
});

test('every plugin has its own name, a test, a line in the README and a doc for every option', async () => {
  const paths = files.map(({ path }) => path).filter((path) => !path.startsWith('test/'));
  const plugins = await Promise.all(
    paths.filter(isPluginFile).map(async (path) => {
      const module = await import(join(root, path));
      return { path, plugin: module.default };
    }),
  );
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  assert.deepEqual(judgePlugins(plugins, new Set(files.map(({ path }) => path)), readme), []);
});

test('no case of a golden suite is named in code', () => {
  const folder = join(root, 'test/golden');
  const suites = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const names = suites.map((name) => name.slice(0, -'.jsonl'.length));
  const caseName = new RegExp(`(?:${names.join('|')})-\\d{4}`);
  for (const suite of suites) assert.match(readFileSync(join(folder, suite), 'utf8'), caseName);
  const naming = files.filter(({ text }) => caseName.test(text)).map(({ path }) => path);
  assert.deepEqual(naming, []);
});

test('most files are short: half within 130 lines, nine of ten within 280', () => {
  const lengths = files
    .filter(({ path }) => !path.startsWith('test/'))
    .map(({ text }) => text.split('\n').length)
    .sort((one, other) => one - other);
  const share = (part: number): number => lengths[Math.floor(lengths.length * part)] ?? 0;
  assert(share(0.5) <= 130, `the median is ${share(0.5)} lines`);
  assert(share(0.9) <= 280, `the ninth decile is ${share(0.9)} lines`);
});
