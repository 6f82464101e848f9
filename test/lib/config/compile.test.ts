import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { type Compiled, compile } from '../../../lib/config/compile.ts';
import { parseConfig } from '../../../lib/config/parse.ts';
import { outputsOf, type Plan, targetsOf } from '../../../lib/plan/plan.ts';
import { Catalog } from '../../../lib/plugin/catalog.ts';

const catalog = new Catalog([join(import.meta.dirname, 'plugins')]);

function compileText(text: string, isStrict = false): Promise<Compiled> {
  const { root, faults } = parseConfig(text, 'app.conf', {
    env: {},
    hostname: 'localhost',
    workerId: 0,
    readFile: () => '',
    glob: () => [],
  });
  assert.deepEqual(faults, []);
  return compile(root, { catalog, isStrict });
}

async function planOf(text: string): Promise<Plan> {
  const { plan, faults } = await compileText(text);
  assert.deepEqual(
    faults.map((fault) => fault.message),
    [],
  );
  assert(plan !== undefined);
  return plan;
}

/** Faults as `line:column message [hint]`. */
async function faultsOf(text: string, isStrict = false): Promise<string[]> {
  const { plan, faults } = await compileText(text, isStrict);
  assert.equal(plan, undefined);
  return faults.map(({ at, message, hint }) => {
    const place = `${at?.line}:${at?.column}`;
    return hint === undefined ? `${place} ${message}` : `${place} ${message} [${hint}]`;
  });
}

function outputOf(plan: Plan, label = '@ROOT') {
  const found = plan.labels.find((each) => each.name === label);
  assert(found !== undefined);
  const [output] = targetsOf(found).flatMap((target) => [...outputsOf(target)]);
  assert(output !== undefined);
  return output;
}

const match = '<match **>\n  @type basin\n  path /tmp/basin\n</match>\n';

test('a source becomes an input with its options read and defaults filled in', async () => {
  const plan = await planOf(
    `<source>\n  @type spring\n  @id first\n  @label @IN\n  tag app\n  refresh_interval 1h30m\n  <transport>\n    port 7\n  </transport>\n</source>\n<label @IN>\n${match}</label>\n`,
  );
  const [input] = plan.inputs;
  assert.equal(input?.id, 'first');
  assert.equal(input?.label, '@IN');
  assert.equal(input?.ack, 'stored');
  assert.deepEqual(input?.options, {
    tag: 'app',
    readLinesLimit: 1000,
    refreshInterval: 5_400_000,
    sharedKey: undefined,
    transport: { port: 7 },
    parse: undefined,
  });
});

test('a plan is frozen', async () => {
  const plan = await planOf(match);
  assert(Object.isFrozen(plan));
  assert(Object.isFrozen(plan.labels[0]?.rules));
});

test('ids are made from kind and type, and numbered', async () => {
  const source = '<source>\n  @type spring\n  tag a\n</source>\n';
  const plan = await planOf(`${source}${source}${match}`);
  assert.deepEqual(
    plan.inputs.map((input) => input.id),
    ['input_spring', 'input_spring_2'],
  );
});

test('an output takes its own buffer where the configuration has none', async () => {
  const { buffer } = outputOf(await planOf(match));
  assert.equal(buffer?.store, 'file');
  assert.equal(buffer?.path, '/tmp/basin.buffer');
  assert.deepEqual(buffer?.chunkKeys, ['time']);
  assert.equal(buffer?.options.timekey, 86_400_000);
});

test('a buffer section decides the store, the chunk keys and the path', async () => {
  const text = `<match **>\n  @type basin\n  <buffer tag, $.a.b>\n    @type file\n    path /tmp/chunks\n    flush_interval 5s\n  </buffer>\n</match>\n`;
  const { buffer } = outputOf(await planOf(text));
  assert.deepEqual(buffer?.chunkKeys, ['tag', '$.a.b']);
  assert.equal(buffer?.path, '/tmp/chunks');
  assert.equal(buffer?.options.flushInterval, 5000);
});

test('a flush interval is kept even where chunks are keyed by time', async () => {
  const inner = (lines: string): string =>
    `<match **>\n  @type basin\n  path /tmp/x\n  <buffer>\n${lines}  </buffer>\n</match>\n`;
  const modeOf = async (lines: string): Promise<string | undefined> =>
    outputOf(await planOf(inner(lines))).buffer?.options.flushMode;
  assert.equal(await modeOf('    flush_interval 1s\n'), 'interval');
  assert.equal(await modeOf('    flush_interval 1s\n    flush_mode lazy\n'), 'lazy');
  assert.equal(await modeOf(''), 'default');
});

test('buffers, dead letters and state lie below root_dir when it is given', async () => {
  const text = `<system>\n  root_dir /tmp/root\n</system>\n<match **>\n  @type basin\n  @id b\n</match>\n`;
  const output = outputOf(await planOf(text));
  assert.equal(output.buffer?.path, '/tmp/root/worker0/b/buffer');
  assert.equal(output.deadLetterFolder, '/tmp/root/worker0/b/dead_letter');
});

test('an empty pattern matches everything', async () => {
  const plan = await planOf('<match>\n  @type basin\n  path /tmp/x\n</match>\n');
  assert.equal(plan.labels[0]?.rules[0]?.pattern, '**');
});

test('a secondary of the same type takes the options that it does not name', async () => {
  const text = `<match **>\n  @type basin\n  path /tmp/a\n  <secondary>\n  </secondary>\n</match>\n`;
  const { secondary } = outputOf(await planOf(text));
  assert.deepEqual(secondary?.options, { path: '/tmp/a' });
});

test('what stands in worker 0 runs as if it stood outside, and the rest is checked only', async () => {
  const source = (tag: string): string => `<source>\n  @type spring\n  tag ${tag}\n</source>\n`;
  const text = `<worker 0>\n${source('a')}</worker>\n<worker 1-2>\n${source('b')}</worker>\n${match}`;
  const plan = await planOf(text);
  assert.deepEqual(
    plan.inputs.map((input) => input.options['tag']),
    ['a'],
  );
});

test('six mistakes are six faults, each with its place and a hint', async () => {
  const text = `<source>
  @type sprnig
  tag a
</source>
<source>
  @type spring
  tag a
  refresh_interval abc
  @label @MISSING
</source>
<filter [>
  @type sieve
</filter>
<match **>
  @type basin
  path /tmp/basin
  <buffer time>
    timekey never
  </buffer>
</match>
<labell @X>
</labell>
`;
  assert.deepEqual(await faultsOf(text.replace('<filter [>', '<filter /(/>')), [
    '2:9 there is no input `sprnig` [did you mean `spring`?]',
    '8:20 `refresh_interval` of input `spring` cannot be read [expected a duration such as 500ms, 10s, 1h30m or a number of seconds, not `abc`]',
    '9:10 there is no label `@MISSING` [add `<label @MISSING>`]',
    '11:9 the pattern `/(/` is not a regular expression: Unclosed group',
    '18:13 `timekey` of <buffer> of output `basin` cannot be read [expected a duration such as 500ms, 10s, 1h30m or a number of seconds, not `never`]',
    '21:1 `<labell>` is not a directive [did you mean `<label>`?]',
  ]);
});

test('an unknown option is a warning with the nearest name, and a fault under strict', async () => {
  const text = `<source>\n  @type spring\n  tag a\n  refresh_intervall 5s\n</source>\n${match}`;
  const { warnings } = await compileText(text);
  const message = '`refresh_intervall` is not an option of input `spring`';
  assert.deepEqual(
    warnings.map((warning) => [warning.message, warning.hint, warning.at?.line]),
    [[message, 'did you mean `refresh_interval`?', 4]],
  );
  assert.deepEqual(await faultsOf(text, true), [
    `4:3 ${message} [did you mean \`refresh_interval\`?]`,
  ]);
});

test('a missing option, a missing type and a missing label name are faults', async () => {
  const text = '<source>\n  @type spring\n</source>\n<source>\n</source>\n<label>\n</label>\n';
  assert.deepEqual(await faultsOf(text), [
    '1:1 input `spring` needs `tag` [The tag.]',
    '4:1 <source> needs `@type` [it names the plugin]',
    '6:1 <label> needs a name',
  ]);
});

test('a secret is not repeated in a fault', async () => {
  const text = `<source>\n  @type spring\n  tag a\n  shared_key "hush"\n  read_lines_limit x\n</source>\n${match}`;
  const faults = await faultsOf(text);
  assert.equal(faults.length, 1);
  assert(!faults.join().includes('hush'));
});

test('labels that are defined twice, built in or empty are faults', async () => {
  const text = `<label @A>\n${match}</label>\n<label @A>\n${match}</label>\n<label @ROOT>\n</label>\n<label @B>\n</label>\n`;
  const faults = await faultsOf(text.replaceAll('/tmp/basin', '/tmp/${tag}'));
  assert(faults.some((fault) => fault.includes('label `@A` is defined twice')));
  assert(faults.some((fault) => fault.includes('`@ROOT` is built in')));
  assert(faults.some((fault) => fault.includes('label `@B` needs at least one <match>')));
});

test('workers that overlap or cannot be read are faults', async () => {
  const faults = await faultsOf(
    '<worker 0-1>\n</worker>\n<worker 1>\n</worker>\n<worker x>\n</worker>\n',
  );
  assert.deepEqual(faults, [
    '3:9 worker 1 stands in two <worker> sections',
    '5:9 <worker> cannot be read: `x` [write a worker id or a range: <worker 0>, <worker 0-2>]',
  ]);
});

test('two system sections are a fault', async () => {
  const faults = await faultsOf('<system>\n</system>\n<system>\n</system>\n');
  assert.deepEqual(faults, ['3:1 <system> may stand only once']);
});

test('options of a buffer may stand in the section of its output, by the names of Fluentd 0.12', async () => {
  const older = [
    'buffer_type file',
    'buffer_path /tmp/chunks',
    'buffer_chunk_limit 2m',
    'buffer_queue_limit 3',
    'buffer_queue_full_action exception',
    'num_threads 4',
    'flush_interval 5s',
    'queued_chunk_flush_interval 2s',
    'retry_limit 6',
    'max_retry_wait 1m',
    'time_slice_format %Y%m%d%H',
    'time_slice_wait 30s',
  ];
  const newer = [
    '<buffer>',
    '@type file',
    'path /tmp/chunks',
    'chunk_limit_size 2m',
    'queue_limit_length 3',
    'overflow_action throw_exception',
    'flush_thread_count 4',
    'flush_interval 5s',
    'flush_thread_burst_interval 2s',
    'retry_max_times 6',
    'retry_max_interval 1m',
    'timekey 1h',
    'timekey_wait 30s',
    '</buffer>',
  ];
  const bufferOf = async (lines: readonly string[]) => {
    const text = `<match **>\n@type basin\npath /tmp/basin\n${lines.join('\n')}\n</match>\n`;
    const { plan, faults, warnings } = await compileText(text, true);
    assert.deepEqual([...faults, ...warnings], []);
    assert(plan !== undefined);
    return outputOf(plan).buffer;
  };
  assert.deepEqual(await bufferOf(older), await bufferOf(newer));
});

test('beside a <buffer> the older names say nothing', async () => {
  const text = `<match **>\n@type basin\npath /tmp/basin\nnum_threads 4\n<buffer>\n</buffer>\n</match>\n`;
  assert.match((await faultsOf(text, true)).join(), /4:1 `num_threads` is not an option/);
});
