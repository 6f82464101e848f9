import assert from 'node:assert/strict';
import test from 'node:test';
import { compileSnippets } from './compiling.ts';

/** The word that the error must name, and what is wrong. */
const wrong: readonly (readonly [string, string])[] = [
  ['path', `pipeline().from(tail, { tag: 'a' });`],
  ['tag', `pipeline().from(tail, { path: '/a', parse: json() });`],
  ['pth', `pipeline().from(tail, { pth: '/a', tag: 'a', parse: json() });`],
  ['pos_file', `pipeline().from(tail, { path: '/a', tag: 'a', parse: json(), pos_file: '/p' });`],
  [
    'readFromHead',
    `pipeline().from(tail, { path: '/a', tag: 'a', parse: json(), readFromHead: 'yes' });`,
  ],
  ['parse', `pipeline().from(tail, { path: '/a', tag: 'a', parse: 'json' });`],
  ['formatter', `pipeline().from(tail, { path: '/a', tag: 'a', parse: jsonFormat() });`],
  ['parse', `pipeline().from(tail, { path: '/a', tag: 'a', parse: { type: 'json' } });`],
  ['timeKye', `json({ timeKye: 't' });`],
  ['timeType', `json({ timeType: 'unix' });`],
  ['expression', `regexp({});`],
  ['rate', `pipeline().from(sample, { tag: 'a', rate: '3' });`],
  ['tag', `pipeline().from(sample, { tag: 7 });`],
  ['lable', `pipeline().from(sample, { tag: 'a' }, { lable: '@X' });`],
  ['ack', `pipeline().from(sample, { tag: 'a' }, { ack: 'later' });`],
  ['logLevel', `pipeline().from(sample, { tag: 'a' }, { logLevel: 'loud' });`],
  ['output', `pipeline().from(file, { path: '/a' });`],
  ['regex', `pipeline().filter('**', grep, { regex: [] });`],
  ['pattern', `pipeline().filter('a.**', grep, { regexp: [{ key: 'k' }] });`],
  [
    'patern',
    `pipeline().filter('a.**', grep, { regexp: [{ key: 'k', pattern: /x/, patern: 'x' }] });`,
  ],
  ['regexp', `pipeline().filter('**', grep, { regexp: /x/ });`],
  ['removeKeys', `pipeline().filter('**', recordTransformer, { removeKeys: 'a' });`],
  ['record', `pipeline().filter('**', recordTransformer, { record: 'a' });`],
  ['path', `pipeline().match((m) => m.to(file, {}));`],
  ['compress', `pipeline().match((m) => m.to(file, { path: '/a', compress: 'zip' }));`],
  [
    'flushIntervall',
    `pipeline().match((m) => m.to(stdout, {}, { buffer: { flushIntervall: '1s' } }));`,
  ],
  ['chunkKeys', `pipeline().match((m) => m.to(stdout, {}, { buffer: { chunkKeys: 'tag' } }));`],
  [
    'overflowAction',
    `pipeline().match((m) => m.to(stdout, {}, { buffer: { overflowAction: 'wait' } }));`,
  ],
  ['secondary', `pipeline().match((m) => m.to(stdout, {}, { secondary: json() }));`],
  ['port', `pipeline().match((m) => m.to(forward, { server: [{ host: 'h', port: '1' }] }));`],
  ['format', `pipeline().match((m) => m.to(stdout, { format: json() }));`],
  ['rootdir', `pipeline({ rootdir: '/a' });`],
  [
    'status',
    `pipeline().as<{ code: number }>().map((entry) => entry.record.status > 1 ? entry : null);`,
  ],
  ['UserStage', `pipeline().through(new Transform({ objectMode: true }));`],
  ['through', `pipeline().through('a.**', json());`],
  [
    'tag',
    `pipeline().through(highland((s) => s.map(({ time, record }) => ({ time, record, tag: 7 }))));`,
  ],
  ['recrod', `pipeline().through(highland((s) => s.filter((entry) => entry.recrod !== null)));`],
  ['readonly|read-only', `pipeline().map((entry) => { entry.record = {}; return entry; });`],
];

const right: readonly string[] = [
  `pipeline().from(tail, { path: '/a', tag: 'a', parse: json() });`,
  `pipeline().from(tail, { path: '/a', tag: 'a', parse: json({ timeKey: 't', timeType: 'float' }), readFromHead: true });`,
  `pipeline().from(tail, { path: '/a', tag: 'a', parse: regexp({ expression: /^(?<a>.)/ }) });`,
  `pipeline().from(tail, { path: '/a', tag: 'a', parse: none(), refreshInterval: '10s' });`,
  `pipeline().from(stdin, { tag: 'a' });`,
  `pipeline().from(sample, { tag: 'a', rate: 3, sample: [{ a: 1 }] }, { label: '@X', id: 'x', ack: 'delivered' });`,
  `pipeline().from(sample, { tag: 'a' }).from(sample, { tag: 'b' }, { logLevel: 'debug' });`,
  `pipeline({ rootDir: '/a', logLevel: 'warn' });`,
  `pipeline().filter('**', grep);`,
  `pipeline().filter('a.**', grep);`,
  `pipeline().filter('**', grep, { regexp: [{ key: 'k', pattern: /x/ }, { key: '$.a.b', pattern: 'y' }] });`,
  `pipeline().filter('a.**', grep, { regexp1: 'a b', or: [{ exclude: [{ key: 'k', pattern: /x/ }] }] }, { id: 'g' });`,
  `pipeline().filter('**', recordTransformer, { record: { a: '\${tag}' }, removeKeys: ['b'], renewRecord: true });`,
  `pipeline().match((m) => m.to(nothing));`,
  `pipeline().match('a.**', (m) => m.to(stdout, { format: outFile({ delimiter: 'COMMA' }) }));`,
  `pipeline().match((m) => m.to(file, { path: '/a/\${tag}.%Y' }, { buffer: { chunkKeys: ['tag', 'time'], timekey: '1d' } }));`,
  `pipeline().match((m) => m.to(forward, { server: [{ host: 'h', port: 1, weight: 3 }] }, { buffer: { type: 'file', path: '/b' }, secondary: file({ path: '/s' }) }));`,
  `pipeline().match((m) => m.copy((a) => a.to(stdout), (b) => b.ignoreError().to(nothing)));`,
  `pipeline().match((m) => m.roundrobin((a) => a.weight(2).to(stdout), (b) => b.relabel('@X')));`,
  `pipeline().match((m) => m.relabel('@X')).label('@X', (l) => l.match((m) => m.to(nothing)));`,
  `pipeline().onError((l) => l.match((m) => m.to(stdout)));`,
  `const part = pipeline().filter('**', grep); pipeline().use(part).label('@X', (l) => l.use(part));`,
  `pipeline().map((entry) => (entry.record['level'] === 'debug' ? null : entry));`,
  `pipeline().map((entry, tag) => ({ ...entry, record: { ...entry.record, tag } })).map((entry) => { const text: string = entry.record.tag; return text === '' ? null : entry; });`,
  `pipeline().as<{ code: number }>().map((entry) => ({ time: entry.time, record: { isError: entry.record.code >= 500 } })).map(({ time, record }) => { const isError: boolean = record.isError; return isError ? { time, record } : null; });`,
  `pipeline().as<{ code: number }>().filter('**', grep).match((m) => m.to(nothing)).map((entry) => (entry.record.code > 1 ? entry : null));`,
  `interface Access { readonly path: string } pipeline().as<Access>().map('a.**', (entry) => ({ ...entry, record: { ...entry.record, length: entry.record.path.length } }));`,
  `pipeline().map((entry) => ({ ...entry, time: new EventTime(1, 2) }));`,
  `pipeline().through(async function* (source) { for await (const batch of source) if (batch.count > 1) yield batch; });`,
  `pipeline().through('a.**', async function* (source, signal) { for await (const batch of source) { if (signal.aborted) return; yield batch.derive({ tag: batch.tag + '.x' }); } }, { id: 'x' });`,
  `pipeline().through(() => new Transform({ objectMode: true })).through('a.**', () => new Transform({ objectMode: true }), { id: 'x' });`,
  `class Mine extends Transform {} pipeline().through(() => new Mine({ objectMode: true }));`,
  `pipeline().through(highland((s) => s.filter(({ tag }) => tag !== 'x'))).through('app.**', highland((s) => s.batchWithTimeOrCount(500, 100).flatten()), { id: 'x' });`,
  `pipeline().through(highland((s) => s.map(({ time, record }) => ({ time, record: { ...record, more: 1 } }))));`,
  `async function main() { await using running = await pipeline().run({ signal: AbortSignal.timeout(1) }); await running.flush(); const count: number | undefined = running.stats().inputs['x']?.events; return count; } export const run = main;`,
  `const schema = { '~standard': { version: 1, vendor: 'v', validate: (value: unknown) => ({ value: { n: Number(value) } }) } } as const; pipeline().as(schema).map((entry) => ({ ...entry, record: { n: entry.record.n + 1 } }));`,
];

const errors = compileSnippets([...wrong.map(([, snippet]) => snippet), ...right]);

wrong.forEach(([name, snippet], index) => {
  test(`does not compile, and the error names \`${name}\`: ${snippet}`, () => {
    const found = errors[index] ?? [];
    assert.notDeepEqual(found, []);
    assert.match(found.join('\n'), new RegExp(`\\b(?:${name})\\b`));
  });
});

right.forEach((snippet, index) => {
  test(`compiles: ${snippet}`, () => {
    assert.deepEqual(errors[wrong.length + index], []);
  });
});
