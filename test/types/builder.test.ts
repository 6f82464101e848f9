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
  ['size', `pipeline().filter('**', window, { aggregate: [{ function: 'count' }] });`],
  [
    'function',
    `pipeline().filter('**', window, { size: '1m', aggregate: [{ function: 'average', field: 'a' }] });`,
  ],
  [
    'feild',
    `pipeline().filter('**', window, { size: '1m', aggregate: [{ function: 'sum', feild: 'a' }] });`,
  ],
  [
    'aggregate',
    `pipeline().filter('**', window, { size: '1m', aggregate: { function: 'count' } });`,
  ],
  ['groupBy', `pipeline().filter('**', window, { size: '1m', groupBy: 'host' });`],
  ['rate', `pipeline().filter('**', throttle, { period: '1s' });`],
  ['filter', `pipeline().filter('**', throttle);`],
  ['action', `pipeline().filter('**', throttle, { rate: 1, action: 'delay' });`],
  ['maxWait', `pipeline().filter('**', batch, { maxWait: true });`],
  ['key', `pipeline().filter('**', dedupe, { key: 'id' });`],
  ['every', `pipeline().filter('**', share, { every: '10' });`],
  ['outputs', `pipeline().filter('**', flowcounter, { count: 'receipts', outputs: 'out' });`],
  ['pth', `tail.stream({ pth: '/a', tag: 'a', parse: json() });`],
  ['path', `file.stream({ append: true });`],
  ['options', `file.stream();`],
  ['ack', `tail.stream({ path: '/a', tag: 'a', parse: json() }, { ack: true });`],
  [
    'signal',
    `tail.stream({ path: '/a', tag: 'a', parse: json() }, { signal: new AbortController() });`,
  ],
  ['buffer', `grep.stream({}, { buffer: {} });`],
  ['flushMode', `file.stream({ path: '/a' }, { buffer: { flushMode: 'now' } });`],
  ['tag', `decode(json(), { tag: 7 });`],
  ['parser', `decode(ltsv());`],
  ['formatter', `encode(csv({ keys: ['a'] }));`],
  ['options', `decode(csv());`],
  ['onError', `decode(json(), { onError: (line: number) => line });`],
  ['showSecret', `pipeline().toConfig({ showSecret: true });`],
  ['strickt', `fromConfig('/a.conf', { strickt: true });`],
  ['signal', `pipeline().run({ signal: new AbortController() });`],
  ['logLevel', `pipeline().run({ logLevel: 'all' });`],
  ['number', `pipeline().match((m) => m.roundrobin((a) => a.weight('2').to(stdout)));`],
  ['weight', `pipeline().match((m) => m.copy((a) => a.weight(2).to(stdout)));`],
  ['Way', `pipeline().match((m) => { m.to(stdout); });`],
  ['null|undefined', `pipeline().map((entry) => { if (entry.record['a'] === 1) return entry; });`],
  ['record', `pipeline().map(({ time }) => ({ time }));`],
  [
    'codes',
    `const schema = { '~standard': { version: 1, vendor: 'v', validate: () => ({ value: { code: 1 } }) } } as const; pipeline().as(schema).map((entry) => (entry.record.codes > 1 ? entry : null));`,
  ],
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
  `pipeline().filter('**', window, { size: '1m', groupBy: ['host', '$.a.b'], aggregate: [{ function: 'count' }, { function: 'percentile', field: 'ms', percent: 99, as: 'p99' }] });`,
  `pipeline().filter('a.**', throttle, { rate: 10, period: '1m', groupBy: ['user'], action: 'wait' }, { id: 't' });`,
  `pipeline().filter('**', batch).filter('**', batch, { size: 10, bytes: '1m', maxWait: 500 });`,
  `pipeline().filter('**', dedupe, { keys: ['id'], window: '10m' }).filter('**', share, { every: 10 }).filter('**', share, { rate: 0.5, key: ['user'] });`,
  `pipeline().filter('**', flowcounter, { count: 'receipts', outputs: ['out'], unit: 'second', tag: 'counts' });`,
  `pipeline().through(throttle({ rate: 1 })).through('a.**', window({ size: 1000, aggregate: [{ function: 'first', field: 'a' }] }));`,
  `join(tail.stream({ path: '/a', tag: 'a', parse: json() }, { ack: 'delivered', signal: AbortSignal.timeout(1) }), grep.stream({ regexp: [{ key: 'k', pattern: /x/ }] }), throttle.stream({ rate: 1 }), file.stream({ path: '/b' }, { rootDir: '/r', buffer: { flushMode: 'immediate' }, secondary: stdout() }));`,
  `join(bytes, decode(json({ timeKey: 't' }), { tag: 'a', onError: (tag, entry, cause) => { const text: string = tag + entry.time.sec + cause.message; void text; } }), recordTransformer.stream({ record: { a: 'b' } }), encode(ltsv()), sink);`,
  `join(bytes, csv.stream({ keys: ['a', 'b'] }), highland.stream((s) => s.filter((entry) => entry.tag !== 'x'), { id: 'x' }), avro.stream({ schema: { type: 'record', name: 'R', fields: [] } }), sink);`,
  `async function main() { for await (const receipt of stdout.stream()) return receipt; return null; } export const run = main;`,
  `async function main() { const text: string = await fromConfig('/a.conf', { strict: true, rootDir: '/r' }).match((m) => m.to(stdout)).toConfig({ showSecrets: true }); return text; } export const run = main;`,
  `pipeline().map('a.**', (entry) => { if (entry.record['a'] === 1) return null; return { ...entry, record: { a: 1 } }; }, { id: 'm' });`,
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
