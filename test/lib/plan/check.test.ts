import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import sample from '../../../connectors/input/sample.ts';
import nothing from '../../../connectors/output/null.ts';
import { MillraceError } from '../../../lib/error.ts';
import { string } from '../../../lib/option/declare.ts';
import { checkPlan } from '../../../lib/plan/check.ts';
import type { Plan } from '../../../lib/plan/plan.ts';
import { anyPlugin, defineOutput } from '../../../lib/plugin/define.ts';
import { pipeline } from '../../../lib/process/embed.ts';
import {
  buffer,
  filter,
  input,
  label,
  match,
  output,
  placeAt,
  planOf,
  route,
  secondary,
  to,
} from './plans.ts';

/** Faults as `line: message [hint]`; a fault without a place has no line. */
function faultsOf(plan: Plan): string[] {
  return checkPlan(plan).map(({ at, message, hint }) => {
    const line = at === undefined ? '' : `${at.line}: `;
    return `${line}${message}${hint === undefined ? '' : ` [${hint}]`}`;
  });
}

const sink = match(output('sink'));

/** An output that has chunks fill in its `path`, to which it adds the time. */
const writer = anyPlugin(
  defineOutput({
    type: 'writer',
    doc: 'For a test.',
    options: { path: string({ doc: 'For a test.', required: true }) },
    templates({ path }, { timekeyMs }) {
      if (path.length === 1) throw new MillraceError('MR_OPTION', 'the path is too short');
      return [timekeyMs === undefined ? path : `${path}.%Y%m%d`];
    },
    create: () => ({ write: async () => {} }),
  }),
);

test('a sound plan has no faults', () => {
  const plan = planOf(
    [input('a'), input('b', '@B')],
    label('@ROOT', filter('f'), match(route('copy', output('x'), to('@B')))),
    label('@B', match(output('y'))),
    label('@ERROR', match(output('z'))),
  );
  assert.deepEqual(faultsOf(plan), []);
});

test('an id may stand once among inputs, filters, routes, outputs and secondaries', () => {
  const twice = (id: string, line: number) => output(id, { at: placeAt(line) });
  const plan = planOf(
    [input('a', '@ROOT', { at: placeAt(1) })],
    label(
      '@ROOT',
      filter('f'),
      match(route('copy', twice('a', 2), route('f', twice('o', 3)))),
      match(output('o')),
      match(output('p', { secondary: secondary('copy') })),
    ),
  );
  assert.deepEqual(faultsOf(plan), [
    '2: the id `a` is used twice, first at app.conf:1',
    'the id `f` is used twice',
    'the id `o` is used twice, first at app.conf:3',
    'the id `copy` is used twice',
  ]);
});

test('an id that is no name of a folder is a fault', () => {
  const hint = 'folders of buffers and dead letters are named by it: use letters, digits, _ and -';
  const ids = ['../up', 'a/b', '..', '.', 'fine.id-1'];
  const plan = planOf([], label('@ROOT', ...ids.map((id) => match(output(id)))));
  assert.deepEqual(
    faultsOf(plan),
    ids.slice(0, 4).map((id) => `\`${id}\` cannot be an id [${hint}]`),
  );
});

test('a label that inputs or routes name must be there', () => {
  const plan = planOf(
    [
      input('a', '@MIAN', { at: placeAt(1), labelAt: placeAt(2) }),
      input('b', '@X', { at: placeAt(3) }),
    ],
    label('@MAIN', match(route('copy', output('x'), route('r', to('@OTHER', placeAt(4)))))),
  );
  assert.deepEqual(faultsOf(plan), [
    '2: there is no label `@MIAN` [did you mean `@MAIN`?]',
    '3: there is no label `@X` [add `<label @X>`]',
    '4: there is no label `@OTHER` [add `<label @OTHER>`]',
  ]);
});

test('the root label need not be written', () => {
  const plan = planOf([input('a')], label('@A', match(route('r', to('@ROOT')))));
  assert.deepEqual(faultsOf(plan), []);
});

test('a label without a match leads nowhere; only the root may have none', () => {
  const plan = planOf([], label('@ROOT'), label('@A', filter('f')));
  assert.deepEqual(faultsOf(plan), [
    'label `@A` needs at least one <match> [what enters it would go nowhere]',
  ]);
});

test('labels that lead back to themselves are told with the whole round', () => {
  const plan = planOf(
    [],
    label('@ROOT', match(route('a', to('@A')))),
    label('@A', match(route('b', output('x'), route('c', to('@B', placeAt(1)))))),
    label(
      '@B',
      sink,
      match(route('d', to('@A', placeAt(2)))),
      match(route('e', to('@B', placeAt(3)))),
    ),
  );
  assert.deepEqual(faultsOf(plan), [
    '2: labels lead back to themselves: @A -> @B -> @A',
    '3: labels lead back to themselves: @B -> @B',
  ]);
});

test('labels that meet again without going back are sound', () => {
  const plan = planOf(
    [],
    label('@ROOT', match(route('a', to('@A'), to('@B'), to('@A')))),
    label('@A', match(route('b', to('@C')))),
    label('@B', match(route('c', to('@C')))),
    label('@C', sink),
  );
  assert.deepEqual(faultsOf(plan), []);
});

test('a pattern that cannot be read is told at its own place', () => {
  const plan = planOf(
    [],
    label('@ROOT', filter('f', '/(/', placeAt(7)), match(output('x'), 'a.{b', placeAt(8))),
  );
  const faults = checkPlan(plan);
  assert.deepEqual(
    faults.map(({ code, at }) => [code, at?.line]),
    [
      ['MR_PATTERN', 7],
      ['MR_PATTERN', 8],
    ],
  );
});

test('two outputs cannot share the folder of a buffer, however it is written', () => {
  const file = (id: string, path: string, line: number) =>
    match(output(id, { at: placeAt(line), buffer: buffer({}, { store: 'file', path }) }));
  const plan = planOf(
    [],
    label('@ROOT', file('a', '/var/chunks', 1), file('b', '/var/chunks/../chunks/', 2)),
    label('@B', file('c', '/var/chunks2', 3)),
  );
  assert.deepEqual(faultsOf(plan), [
    '2: outputs `a` and `b` share the buffer /var/chunks [give each its own `path` in <buffer>]',
  ]);
});

test('what is wrong with a buffer is told with its output', () => {
  const plan = planOf(
    [],
    label('@ROOT', match(output('a', { at: placeAt(4), buffer: buffer({}, { store: 'file' }) }))),
  );
  assert.deepEqual(faultsOf(plan), [
    '4: buffer of `a`: a file buffer needs `path`, the folder of its chunks',
  ]);
});

const hint = '[shorten `flush_interval` or `timekey`, or use `ack stored`]';
const late = (id: string, when: string): string =>
  `1: \`in\` acknowledges what is delivered, but \`${id}\` may flush only ${when}: senders give up at 190 s ${hint}`;
const patient = input('in', '@ROOT', { ack: 'delivered', at: placeAt(1) });

/** The faults of one output with this buffer behind an input that waits for delivery. */
function latenessOf(given: Parameters<typeof buffer>[0], chunkKeys: readonly string[] = []) {
  const behind = output('out', { buffer: buffer(given, { chunkKeys }) });
  return faultsOf(planOf([patient], label('@ROOT', match(behind))));
}

test('with `ack delivered`, a flush that is due after senders give up is refused', () => {
  assert.deepEqual(latenessOf({ flushInterval: 190_000 }), [late('out', 'after 190 s')]);
  assert.deepEqual(latenessOf({ flushInterval: 189_000 }), []);
  assert.deepEqual(latenessOf({ timekey: 3_600_000, timekeyWait: 0 }, ['time']), [
    late('out', 'after 3600 s'),
  ]);
  assert.deepEqual(latenessOf({ timekey: 60_000 }, ['tag', 'time']), [late('out', 'after 660 s')]);
  assert.deepEqual(latenessOf({ timekey: 60_000, timekeyWait: 0 }, ['time']), []);
});

test('the flush mode decides what a chunk waits for, not the chunk keys', () => {
  const timekey = 86_400_000;
  assert.deepEqual(latenessOf({ timekey, flushMode: 'immediate' }, ['time']), []);
  assert.deepEqual(latenessOf({ timekey, flushMode: 'interval' }, ['time']), []);
  assert.deepEqual(latenessOf({ flushMode: 'lazy' }), [late('out', 'when a chunk is full')]);
  assert.deepEqual(latenessOf({ flushMode: 'immediate', flushInterval: 999_000 }), []);
});

test('with `ack delivered`, outputs behind labels and behind @ERROR count, others do not', () => {
  const slow = (id: string) => output(id, { buffer: buffer({ flushInterval: 500_000 }) });
  const plan = planOf(
    [patient, input('hasty')],
    label('@ROOT', match(route('r', output('direct'), to('@A')))),
    label('@A', match(route('s', slow('a'), to('@B')))),
    label('@B', match(slow('b'))),
    label('@ELSEWHERE', match(slow('elsewhere'))),
    label('@ERROR', match(route('t', to('@BAD')))),
    label('@BAD', match(slow('bad'))),
  );
  assert.deepEqual(
    faultsOf(plan),
    ['a', 'b', 'bad'].map((id) => late(id, 'after 500 s')),
  );
});

test('the templates of outputs and secondaries fit the chunk keys', () => {
  const keyed = (path: string, keys: string[], line: number) =>
    output(`on_line_${line}`, {
      plugin: writer,
      options: { path },
      at: placeAt(line),
      buffer: buffer(
        { timekey: 86_400_000 },
        { store: 'memory', path: undefined, chunkKeys: keys },
      ),
    });
  const good = [keyed('/${tag}', ['tag'], 1), keyed('/x', ['time'], 2), keyed('/${k}', ['k'], 3)];
  const bad = [
    keyed('/a', ['tag'], 4),
    keyed('/${k}/${tag}', ['k'], 5),
    keyed('/%d', [], 6),
    keyed('/', [], 7),
    { ...keyed('/${tag}/s', ['tag'], 8), secondary: { ...keyed('/b', [], 9) } },
  ];
  const plan = planOf([], label('@ROOT', ...[...good, ...bad].map((each) => match(each))));
  const faults = faultsOf(plan);
  assert.deepEqual(
    faults.map((fault) => fault.slice(0, 1)),
    ['4', '5', '6', '7', '9'],
    faults.join('\n'),
  );
  assert.match(faults[0] ?? '', /output `on_line_4`: .*`tag` is a chunk key/);
});

test('the templates of an output that may omit keys need not have them, but may have no others', () => {
  const keyed = (path: string, n: number) =>
    output(`o${n}`, {
      plugin: { ...writer, mayOmitKeys: true },
      options: { path },
      buffer: buffer({}, { store: 'memory', path: undefined, chunkKeys: ['tag', 'k'] }),
    });
  const plan = planOf(
    [],
    label('@ROOT', ...['/a', '/b${tag}', '/c${other}'].map((path, n) => match(keyed(path, n)))),
  );
  const faults = faultsOf(plan);
  assert.equal(faults.length, 1, faults.join('\n'));
  assert.match(faults[0] ?? '', /`\$\{other\}` is no chunk key/);
});

test('with `ack delivered`, a stage on single entries is refused, wherever events may come to it', async () => {
  const stage = (pattern: string, id: string) =>
    pipeline().through(pattern, () => new PassThrough({ objectMode: true }), { id });
  const plan = (ack: 'stored' | 'delivered') =>
    pipeline()
      .from(sample, { tag: 'a' }, { id: 'in', ack, label: '@X' })
      .label('@X', (l) => l.use(stage('a', 'mine')).match((m) => m.to(nothing)))
      .use(stage('**', 'besides'))
      .match((m) => m.to(nothing))
      .plan();
  await plan('stored');
  await assert.rejects(plan('delivered'), (error) => {
    assert(error instanceof MillraceError);
    assert.equal(
      `${error.message} [${error.hint}]`,
      '`in` acknowledges what is delivered, but `mine` acknowledges single entries when it takes them [use `ack stored`, or an async generator on batches]',
    );
    return true;
  });
});
