import assert from 'node:assert/strict';
import test from 'node:test';
import sample from '../../../connectors/input/sample.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Emit } from '../../../lib/plugin/contract.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

inputLaws(sample, { tag: 'a', rate: 20 }, { test });

type Options = Parameters<typeof sample>[0];

/** A running sample and what it has emitted. */
function start(options: Options, emitThrough?: Emit) {
  const context = testContext();
  const call = sample(options);
  const input = call.plugin.create(call.options, context);
  const batches: EventBatch[] = [];
  const stop = new AbortController();
  const ended = input.run(async (batch) => {
    batches.push(batch);
    await emitThrough?.(batch);
  }, stop.signal);
  return {
    batches,
    stop,
    ended,
    /** Moves the clock in small steps, and lets the input run after each. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 10) {
        context.clock.advance(10);
        await new Promise(setImmediate);
      }
    },
  };
}

test('makes one event a second, and the first at once', async () => {
  const { batches, stop, ended, pass } = start({ tag: 'a.b' });
  assert.deepEqual(
    batches.map(({ tag, count }) => [tag, count]),
    [['a.b', 1]],
  );
  assert.deepEqual(batches[0]?.entries()[0], {
    time: new EventTime(1_700_000_000, 0),
    record: { message: 'sample' },
  });
  await pass(990);
  assert.equal(batches.length, 1);
  await pass(10);
  assert.equal(batches.length, 2);
  stop.abort();
  await ended;
});

test('makes `rate` times `size` events a second, in few batches', async () => {
  const { batches, stop, ended, pass } = start({ tag: 't', rate: 250, size: 4 });
  await pass(2000);
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  assert(count >= 2000 && count <= 2100, `${count} events`);
  assert(batches.length <= 21, `${batches.length} batches`);
  stop.abort();
  await ended;
});

test('takes the records of a list in turn, and counts in the field asked for', async () => {
  const { batches, stop, ended } = start({
    tag: 't',
    size: 3,
    sample: [{ a: 1 }, { b: 2, id: 'mine' }],
    autoIncrementKey: 'id',
  });
  stop.abort();
  await ended;
  assert.deepEqual(
    batches[0]?.entries().map((entry) => entry.record),
    [
      { a: 1, id: 0 },
      { b: 2, id: 1 },
      { a: 1, id: 2 },
    ],
  );
});

test('waits for room, and does not make up for the time it waited', async () => {
  let release = (): void => {};
  const room = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { batches, stop, ended, pass } = start({ tag: 't', rate: 10 }, () => room);
  await pass(5000);
  assert.equal(batches.length, 1);
  release();
  await pass(1000);
  assert(batches.length <= 13, `${batches.length} batches after one second`);
  stop.abort();
  await ended;
});

test('a sample that is no record is refused', () => {
  for (const wrong of [1, 'text', null, [], [{ a: 1 }, 2]]) {
    assert.throws(
      () => start({ tag: 't', sample: wrong }),
      (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
      JSON.stringify(wrong),
    );
  }
});

test('ends by itself after `limit` events', async () => {
  const { batches, ended, pass } = start({ tag: 't', rate: 100, size: 3, limit: 50 });
  await pass(500);
  await ended;
  assert.equal(
    batches.reduce((sum, batch) => sum + batch.count, 0),
    50,
  );
});
