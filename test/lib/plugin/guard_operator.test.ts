import assert from 'node:assert/strict';
import test from 'node:test';
import { entriesBatch, packedBatch } from '../../../lib/codec/batch.ts';
import { encodeEntries } from '../../../lib/codec/entry_codec.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Operator } from '../../../lib/plugin/contract.ts';
import { guardOperator } from '../../../lib/plugin/guard_operator.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const entry = { time: new EventTime(1, 2), record: { n: 1 } };
const signal = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function* sourceOf(...batches: EventBatch[]): AsyncGenerator<EventBatch> {
  yield* batches;
}

async function all(operator: Operator, source: AsyncIterable<EventBatch>): Promise<EventBatch[]> {
  const given: EventBatch[] = [];
  for await (const batch of operator(source, signal)) given.push(batch);
  return given;
}

test('a packed batch that user code passes on is never unpacked', async () => {
  const batch = packedBatch('a', encodeEntries([entry]), 1);
  const operator = guardOperator(async function* (source) {
    for await (const each of source) if (each.count === 1 && each.tag === 'a') yield each;
  }, new TestClock());
  assert.deepEqual(await all(operator, sourceOf(batch)), [batch]);
});

test('what user code derives of a batch keeps its delivery, and its entries are frozen', async () => {
  const batch = entriesBatch('a', [entry]);
  const operator = guardOperator(async function* (source) {
    for await (const each of source) {
      assert(Object.isFrozen(each.entries()));
      yield each.derive({ tag: 'b' });
      yield each.with([...each.derive({ tag: 'c' })]);
    }
  }, new TestClock());
  const given = await all(operator, sourceOf(batch));
  assert.deepEqual(
    given.map(({ tag, delivery }) => [tag, delivery === batch.delivery]),
    [
      ['b', true],
      ['a', true],
    ],
  );
  assert(Object.isFrozen(given[1]?.entries()[0]?.record));
});

test('code that waits for its source is never taken for lost, even if it gives something meanwhile', async () => {
  const clock = new TestClock();
  let fire = (): void => {};
  const timer = new Promise<void>((resolve) => {
    fire = resolve;
  });
  const operator = guardOperator(async function* (source) {
    const batches = source[Symbol.asyncIterator]();
    const next = batches.next();
    await timer;
    yield entriesBatch('window', [entry]);
    await next;
  }, clock);
  let release = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  const given = all(
    operator,
    (async function* () {
      await waiting;
      yield entriesBatch('a', [entry]);
    })(),
  );
  await tick();
  clock.advance(60_000);
  fire();
  await tick();
  clock.advance(60_000);
  release();
  assert.deepEqual(
    (await given).map(({ tag }) => tag),
    ['window'],
  );
});

test('code that does not come back is left behind with its signal aborted', async () => {
  const clock = new TestClock();
  let isAborted = false;
  const operator = guardOperator(async function* (source, own) {
    own.addEventListener('abort', () => {
      isAborted = true;
    });
    for await (const batch of source) {
      await new Promise(() => {});
      yield batch;
    }
  }, clock);
  const given = all(operator, sourceOf(entriesBatch('a', [entry])));
  const failed = assert.rejects(given, { code: 'MR_STALLED' });
  await tick();
  clock.advance(29_999);
  await tick();
  assert(!isAborted);
  clock.advance(1);
  await failed;
  assert(isAborted);
  assert.equal(clock.timers, 0);
});
