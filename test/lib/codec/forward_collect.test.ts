import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import { decodeEntries, encodeEntries } from '../../../lib/codec/entry_codec.ts';
import { decodeFrame } from '../../../lib/codec/forward.ts';
import { type CollectRules, ForwardCollector } from '../../../lib/codec/forward_collect.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';

const now = new EventTime(1_700_000_000, 123_456_789);
const rules: CollectRules = {
  retag: (tag) => tag,
  now: () => now,
  takesFloatTimes: false,
  acksInvalid: true,
  decodedLimitBytes: 10_000,
};

function collect(frames: readonly unknown[], changed: Partial<CollectRules> = {}) {
  const collector = new ForwardCollector({ ...rules, ...changed });
  for (const each of frames) {
    const frame = decodeFrame(each instanceof Uint8Array ? each : encode(each));
    assert.ok(frame);
    collector.add(frame);
  }
  return {
    batches: collector.takeBatches().map(({ tag, count, chunks, packed, origin }) => ({
      tag,
      count,
      chunks: chunks.length,
      origin,
      events: decodeEntries(packed).map(({ time, record }) => [time.sec, record] as const),
    })),
    empty: collector.takeEmptyChunks().length,
    invalid: collector.takeInvalidCount(),
  };
}

function numbers(batch: {
  readonly events: readonly (readonly [number, EventRecord])[];
}): unknown[] {
  return batch.events.map(([, record]) => record['n']);
}

function packed(...list: readonly number[]): Uint8Array {
  return encodeEntries(list.map((n) => ({ time: new EventTime(9, 0), record: { n } })));
}

test('messages of one tag become one batch, in order, with all their chunks', () => {
  const frames = [1, 2, 3].map((n) => ['a', 5, { n }, { chunk: `c${n}` }]);
  const { batches } = collect(frames);
  assert.equal(batches.length, 1);
  assert.equal(batches[0]?.chunks, 3);
  assert.deepEqual(batches.map(numbers), [[1, 2, 3]]);
});

test('tags keep apart, and each keeps its order across modes', () => {
  const { batches } = collect([
    ['a', 5, { n: 1 }],
    ['b', 5, { n: 2 }],
    [
      'a',
      [
        [5, { n: 3 }],
        [5, { n: 4 }],
      ],
    ],
    ['a', packed(5, 6)],
    ['b', 5, { n: 7 }],
  ]);
  assert.deepEqual(
    batches.map((batch) => [batch.tag, batch.count, ...numbers(batch)]),
    [
      ['a', 5, 1, 3, 4, 5, 6],
      ['b', 2, 2, 7],
    ],
  );
});

test('large entries and entries with an origin make a batch of their own, in order', () => {
  const origin = { source: 's', epoch: 1, begin: 2, end: 3, low: 0 };
  const large = encodeEntries([
    { time: new EventTime(9, 0), record: { n: 3, text: 'x'.repeat(20_000) } },
  ]);
  const { batches } = collect([
    ['a', 5, { n: 1 }],
    ['a', packed(2), { millrace: origin }],
    ['a', large],
    ['a', 5, { n: 4 }],
    ['a', 5, { n: 5 }],
  ]);
  assert.deepEqual(batches.map(numbers), [[1], [2], [3], [4, 5]]);
  assert.deepEqual(batches[1]?.origin, origin);
});

test('plain packed entries are passed on as the very bytes that came', () => {
  const collector = new ForwardCollector(rules);
  const frame = decodeFrame(encode(['a', packed(1, 2, 3)]));
  assert.ok(frame);
  collector.add(frame);
  assert.equal(collector.takeBatches()[0]?.packed, frame.body);
});

test('an event without a time or with 0 seconds gets the time of now, except in packed entries', () => {
  const lenient = { takesFloatTimes: true };
  const zero = encodeEntries([{ time: new EventTime(0, 0), record: {} }]);
  const { batches } = collect(
    [
      ['a', 0, {}],
      ['a', null, {}],
      [
        'a',
        [
          [0, {}],
          [null, {}],
          [5, {}],
        ],
      ],
      ['a', zero],
    ],
    lenient,
  );
  assert.deepEqual(
    batches[0]?.events.map(([sec]) => sec),
    [now.sec, now.sec, now.sec, now.sec, 5, 0],
  );
});

test('invalid events are left out and counted, and their chunks acknowledged', () => {
  const { batches, empty, invalid } = collect([
    ['a', 5, 'text', { chunk: 'c' }],
    ['a', 1.5, {}, { chunk: 'c' }],
    ['a', [[5, null], [5, { n: 1 }], [5], [], 5, ['5', {}], [1.5, {}]], { chunk: 'c' }],
    [5, 5, {}, { chunk: 'c' }],
    [5, packed(1, 2), { chunk: 'c' }],
  ]);
  assert.deepEqual(batches.map(numbers), [[1]]);
  assert.equal(batches[0]?.chunks, 1);
  assert.equal(empty, 4);
  assert.equal(invalid, 2 + 6 + 1 + 2);
});

test('a float time is kept to the nanosecond where floats are taken', () => {
  const { batches, invalid } = collect([['a', 1_700_000_001.5, {}]], { takesFloatTimes: true });
  assert.equal(invalid, 0);
  assert.deepEqual(batches[0]?.events, [[1_700_000_001, {}]]);
});

test('an invalid message is not acknowledged where it must not be, the rest of a list is', () => {
  const { empty } = collect([['a', 5, null, { chunk: 'c' }]], { acksInvalid: false });
  assert.equal(empty, 0);
  const list = collect([['a', [[5, null]], { chunk: 'c' }]], { acksInvalid: false });
  assert.equal(list.empty, 1);
});

test('no entries at all are acknowledged at once', () => {
  const { batches, empty } = collect([
    ['a', [], { chunk: 'c' }],
    ['a', packed(), { chunk: 'd' }],
  ]);
  assert.deepEqual(batches, []);
  assert.equal(empty, 2);
});

test('records are changed in every mode', () => {
  const changeRecord = (record: EventRecord): EventRecord => ({ ...record, from: 'x' });
  const { batches } = collect(
    [
      ['a', 5, { n: 1 }],
      ['a', [[5, { n: 2 }]]],
      ['a', packed(3)],
    ],
    {
      changeRecord,
    },
  );
  assert.deepEqual(
    batches[0]?.events.map(([, record]) => record),
    [1, 2, 3].map((n) => ({ n, from: 'x' })),
  );
});

test('a frame whose entries are damaged adds nothing', () => {
  const collector = new ForwardCollector(rules);
  const frame = decodeFrame(encode(['a', packed(1, 2).subarray(0, -1), { chunk: 'c' }]));
  assert.ok(frame);
  assert.throws(() => collector.add(frame), { code: 'MR_CODEC' });
  assert.deepEqual(collector.takeBatches(), []);
  assert.deepEqual(collector.takeEmptyChunks(), []);
});
