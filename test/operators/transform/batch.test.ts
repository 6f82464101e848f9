import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { entriesBatch, packedBatch } from '../../../lib/codec/batch.ts';
import { encodeEntry } from '../../../lib/codec/entry_codec.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import batch from '../../../operators/transform/batch.ts';
import { batchOf, OperatorRig, outcomeOf } from './operator_rig.ts';

operatorLaws(batch, { size: 4 }, { test });

const numbered = (begin: number, count: number): EventRecord[] =>
  Array.from({ length: count }, (_, n) => ({ n: begin + n }));
const counts = (rig: OperatorRig): number[] => rig.passed.map(({ count }) => count);

test('small batches of a tag become one of the size', async () => {
  const rig = new OperatorRig(batch({ size: 4 }));
  await rig.feed(batchOf('a', { n: 0 }), batchOf('b', { n: 10 }), batchOf('a', { n: 1 }, { n: 2 }));
  assert.deepEqual(rig.records, []);
  await rig.feed(batchOf('a', { n: 3 }));
  assert.deepEqual(rig.records, [numbered(0, 4)]);
  assert.equal(rig.passed[0]?.tag, 'a');
});

test('a large batch is cut, and settles when all that it came out in have', async () => {
  const rig = new OperatorRig(batch({ size: 4 }));
  const [first, large] = [batchOf('a', { n: 0 }), batchOf('a', ...numbered(1, 10))];
  await rig.feed(first, large);
  await rig.end();
  assert.deepEqual(rig.records, [numbered(0, 4), numbered(4, 4), numbered(8, 3)]);
  rig.passed[0]?.delivery.ack();
  assert.deepEqual([first, large].map(outcomeOf), [true, undefined]);
  rig.passed[2]?.delivery.ack();
  rig.passed[1]?.delivery.nack(new Error('full'));
  assert.deepEqual([first, large].map(outcomeOf), [true, false]);
});

test('a batch is passed on as it is when its first event has waited long enough', async () => {
  const rig = new OperatorRig(batch({ maxWait: 1000 }));
  await rig.feed(batchOf('a', { n: 0 }));
  await rig.advance(600);
  await rig.feed(batchOf('a', { n: 1 }), batchOf('b', { n: 2 }));
  await rig.advance(399);
  assert.deepEqual(rig.records, []);
  await rig.advance(1);
  assert.deepEqual(rig.records, [numbered(0, 2)]);
  await rig.advance(600);
  assert.deepEqual(rig.records, [numbered(0, 2), numbered(2, 1)]);
  assert.equal(rig.context.clock.timers, 0);
});

test('a batch has no more than so many bytes, unless one event alone has', async () => {
  const time = new EventTime(1, 0);
  const eventBytes = encodeEntry({ time, record: { n: 1 } }).length;
  const rig = new OperatorRig(batch({ bytes: eventBytes * 2 + 1 }));
  const long = { n: 1, text: 'x'.repeat(100) };
  const records = [{ n: 1 }, { n: 2 }, { n: 3 }, long, { n: 4 }];
  await rig.feed(
    entriesBatch(
      'a',
      records.map((record) => ({ time, record })),
    ),
  );
  await rig.end();
  assert.deepEqual(rig.records, [[{ n: 1 }, { n: 2 }], [{ n: 3 }], [long], [{ n: 4 }]]);
});

test('what goes out as it came in keeps its origin, all else has none', async () => {
  const rig = new OperatorRig(batch({ size: 2 }));
  const origin = { source: 'file', epoch: 1, begin: 0, end: 10, low: 0 };
  const entries = batchOf('a', { n: 0 }, { n: 1 }, { n: 2 }).entries();
  const whole = entriesBatch('a', entries.slice(0, 2), { origin });
  await rig.feed(whole, entriesBatch('b', entries, { origin }));
  await rig.end();
  assert.deepEqual(
    rig.passed.map((each) => each.origin),
    [origin, undefined, undefined],
  );
  assert.equal(rig.passed[0], whole);
});

test('an empty batch is acknowledged and leads to nothing', async () => {
  const rig = new OperatorRig(batch({}));
  const empty = batchOf('a');
  await rig.feed(empty);
  await rig.end();
  assert.equal(outcomeOf(empty), true);
  assert.deepEqual(rig.passed, []);
});

test('tags beyond the number make the oldest batch leave early', async () => {
  const rig = new OperatorRig(batch({ maxTags: 2 }));
  await rig.feed(batchOf('a', { n: 0 }), batchOf('b', { n: 1 }));
  assert.deepEqual(rig.records, []);
  await rig.feed(batchOf('c', { n: 2 }));
  assert.deepEqual(
    rig.passed.map(({ tag }) => tag),
    ['a'],
  );
});

test('a batch that cannot be packed passes behind what came before it', async () => {
  const rig = new OperatorRig(batch({}));
  let nested: EventRecord = {};
  for (let depth = 0; depth < 2000; depth += 1) nested = { nested };
  const odd = batchOf('a', nested);
  await rig.feed(batchOf('a', { n: 0 }), odd);
  assert.equal(rig.passed.length, 2);
  assert.equal(rig.passed[1], odd);
  assert.equal(rig.failure, undefined);
});

test('an aborted operator gives up what it holds to those who aborted it', async () => {
  const rig = new OperatorRig(batch({}));
  const held = batchOf('a', { n: 0 });
  await rig.feed(held);
  await rig.abort();
  assert.deepEqual(rig.passed, []);
  assert.equal(outcomeOf(held), undefined);
  assert.equal(rig.context.clock.timers, 0);
});

test('a batch of a hundred thousand events is cut without a stack that grows', async () => {
  const rig = new OperatorRig(batch({ size: 10 }));
  const time = new EventTime(1, 0);
  const entries = numbered(0, 100_000).map((record) => ({ time, record }));
  const large = entriesBatch('a', entries);
  await rig.feed(large);
  await rig.end();
  assert.equal(rig.passed.length, 10_000);
  for (const each of rig.passed) each.delivery.ack();
  assert.equal(outcomeOf(large), true);
});

const steps = fc.array(
  fc.record({
    tag: fc.constantFrom('a', 'b', 'c'),
    count: fc.nat(7),
    isPacked: fc.boolean(),
    waitMs: fc.constantFrom(0, 0, 300),
  }),
  { maxLength: 20 },
);

test('no event is lost, doubled or overtaken, no batch is too large, and everything settles', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 90 }),
      async (given, size, bytes) => {
        const rig = new OperatorRig(batch({ size, bytes, maxWait: 500 }));
        const sent: EventBatch[] = [];
        let next = 0;
        for (const { tag, count, isPacked, waitMs } of given) {
          const made = batchOf(tag, ...numbered(next, count));
          const packed = packedBatch(tag, made.packed(), count);
          sent.push(isPacked ? packed : made);
          next += count;
          await rig.feed(...sent.slice(-1));
          await rig.advance(waitMs);
        }
        await rig.end();
        for (const tag of ['a', 'b', 'c']) {
          const of = (batches: readonly EventBatch[]) =>
            batches.filter((each) => each.tag === tag).flatMap((each) => each.entries());
          assert.deepEqual(of(rig.passed), of(sent));
        }
        assert(counts(rig).every((count) => count > 0 && count <= size));
        assert(rig.passed.every((each) => each.count === 1 || each.packed().length <= bytes));
        for (const each of rig.passed) each.delivery.ack();
        assert(sent.every((each) => outcomeOf(each) === true));
      },
    ),
    { numRuns: 60 },
  );
});
