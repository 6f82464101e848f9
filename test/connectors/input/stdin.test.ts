import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test, { type TestContext } from 'node:test';
import stdin from '../../../connectors/input/stdin.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { defineParser } from '../../../lib/plugin/define.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import msgpack from '../../../operators/parser/msgpack.ts';

/** Reads `key=value`; `?` does not match and `!` throws. */
const pair = defineParser({
  type: 'pair',
  doc: 'For tests.',
  options: {},
  create: () => ({
    parse(input) {
      const [key = '', value] = input.toString().split('=');
      if (key === '!') throw new MillraceError('MR_TIME', 'no time');
      return value === undefined ? null : [{ time: null, record: { [key]: value } }];
    },
  }),
});

/** Takes whole texts, each of which begins with a line that begins with `>`. */
const quote = defineParser({
  type: 'quote',
  doc: 'For tests.',
  options: {},
  create: () => ({
    parse: (input) => [{ time: null, record: { text: input.toString() } }],
    isFirstLine: (line) => line.toString().startsWith('>'),
  }),
});

const ownStdin = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};

/** Puts a stream in the place of the standard input. */
function replaceStdin(): PassThrough {
  const source = new PassThrough();
  Object.defineProperty(process, 'stdin', { value: source, configurable: true });
  return source;
}

function restoreStdin(): void {
  Object.defineProperty(process, 'stdin', ownStdin);
}

let lawful = new PassThrough();
inputLaws(
  stdin,
  () => {
    lawful = replaceStdin();
    return { tag: 'in' };
  },
  { test, stimulate: () => void lawful.write('one\ntwo\n'), cleanUp: restoreStdin },
);

/** Runs the input on a stream in the place of the standard input. */
function start(
  test: TestContext,
  onBatch: (batch: EventBatch) => void = (b) => b.delivery.ack(),
  parse = pair({}),
) {
  const source = replaceStdin();
  test.after(restoreStdin);
  const context = testContext();
  const call = stdin({ tag: 'in', parse });
  const stop = new AbortController();
  const records: unknown[] = [];
  const ended = call.plugin.create(call.options, context).run(async (batch) => {
    assert.equal(batch.tag, 'in');
    records.push(...batch.entries().map((entry) => entry.record));
    onBatch(batch);
  }, stop.signal);
  return { source, context, stop, records, ended };
}

test('reads a line as an event, wherever the stream is split, and ends with it', async (context) => {
  const { source, records, ended } = start(context);
  for (const piece of ['a=', '1\nb=2\r\n', '\n', 'c=3']) source.write(piece);
  source.end();
  await ended;
  assert.deepEqual(records, [{ a: '1' }, { b: '2' }, { c: '3' }]);
});

test('a line that does not match goes to @ERROR, and the others go on', async (context) => {
  const { source, context: made, records, ended } = start(context);
  source.end('a=1\n?\n!\nb=2\n');
  await ended;
  assert.deepEqual(records, [{ a: '1' }, { b: '2' }]);
  assert.deepEqual(
    made.errors.map(({ tag, entry, cause }) => [tag, entry.record, cause.message]),
    [
      ['in', { message: '?' }, 'the text does not match'],
      ['in', { message: '!' }, 'no time'],
    ],
  );
});

test('reads on when what it has read is stored', async (context) => {
  const batches: EventBatch[] = [];
  const { source, records, ended } = start(context, (batch) => void batches.push(batch));
  source.write('a=1\n');
  await new Promise(setImmediate);
  source.end('b=2\n');
  await new Promise(setImmediate);
  assert.deepEqual(records, [{ a: '1' }]);
  batches[0]?.delivery.ack();
  while (batches.length < 2) await new Promise(setImmediate);
  batches[1]?.delivery.ack();
  await ended;
  assert.deepEqual(records, [{ a: '1' }, { b: '2' }]);
});

test('offers again what was not stored', async (context) => {
  let offers = 0;
  const {
    source,
    context: made,
    records,
    ended,
  } = start(context, (batch) => {
    offers += 1;
    if (offers < 3) batch.delivery.nack(new Error('full'));
    else batch.delivery.ack();
  });
  source.end('a=1\n');
  for (let wait = 1; wait < 3; wait += 1) {
    while (made.clock.timers === 0) await new Promise(setImmediate);
    assert.equal(offers, wait);
    made.clock.advance(1000);
  }
  await ended;
  assert.deepEqual(records, [{ a: '1' }, { a: '1' }, { a: '1' }]);
});

test('stops when it is told to, although the stream goes on', async (context) => {
  const { source, records, stop, ended } = start(context);
  source.write('a=1\nunfinished');
  while (records.length === 0) await new Promise(setImmediate);
  stop.abort();
  await ended;
  assert.deepEqual(records, [{ a: '1' }]);
  assert.equal(source.destroyed, true);
});

test('joins lines for a parser that wants its texts whole, and ends the last one with the stream', async (context) => {
  const { source, records, ended } = start(context, undefined, quote({}));
  for (const piece of ['none\n>a\n  1', '\r\n\n  2\n>b\n', '\n>c\n  3']) source.write(piece);
  source.end();
  await ended;
  assert.deepEqual(records, [
    { text: 'none' },
    { text: '>a\n  1\n\n  2' },
    { text: '>b\n' },
    { text: '>c\n  3' },
  ]);
});

test('an event of several lines is complete when nothing has come for the interval', async (context) => {
  const { source, context: made, records, ended } = start(context, undefined, quote({}));
  source.write('>a\n');
  while (made.clock.timers === 0) await new Promise(setImmediate);
  made.clock.advance(4999);
  source.write('  1\n');
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  made.clock.advance(4999);
  assert.deepEqual(records, []);
  made.clock.advance(1);
  while (records.length < 1) await new Promise(setImmediate);
  assert.equal(made.clock.timers, 0);
  source.end('  late\n>b\n');
  await ended;
  assert.deepEqual(records, [{ text: '>a\n  1' }, { text: '  late' }, { text: '>b' }]);
});

test('a parser that says how bytes are cut gets them so', async (t) => {
  const source = new PassThrough();
  const original = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};
  Object.defineProperty(process, 'stdin', { value: source, configurable: true });
  t.after(() => Object.defineProperty(process, 'stdin', original));
  const call = stdin({ tag: 'in', parse: msgpack() });
  const records: unknown[] = [];
  const ended = call.plugin.create(call.options, testContext()).run(async (batch) => {
    records.push(...batch.entries().map((entry) => entry.record));
    batch.delivery.ack();
  }, new AbortController().signal);
  // {"\n": 1} {"\n": 2}, cut in the middle.
  source.write(Buffer.from([0x81, 0xa1, 0x0a, 0x01, 0x81, 0xa1]));
  source.end(Buffer.from([0x0a, 0x02]));
  await ended;
  assert.deepEqual(records, [{ '\n': 1 }, { '\n': 2 }]);
});
