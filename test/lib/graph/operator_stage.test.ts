import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { OperatorStage } from '../../../lib/graph/operator_stage.ts';
import { silentLog } from '../../../lib/log.ts';
import type { Operator } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf } from './doors.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function stageOf(make: () => Operator, clock = new TestClock()) {
  const passed: string[] = [];
  const stage = new OperatorStage({ id: 'under_test', make, clock, log: silentLog });
  stage.connect((batch) => {
    passed.push(batch.tag);
    batch.delivery.ack();
    return undefined;
  });
  stage.start();
  return { stage, passed, clock };
}

test('an operator passes batches on in order and finishes what it was given', async () => {
  const { stage, passed } = stageOf(
    () =>
      async function* (source) {
        yield* source;
      },
  );
  for (const tag of ['a', 'b', 'c']) stage.offer(batchOf(tag, { n: 1 }));
  await stage.end(never);
  assert.deepEqual(passed, ['a', 'b', 'c']);
});

test('an operator that throws is started again, and what it held is nacked', async () => {
  let starts = 0;
  const { stage, passed, clock } = stageOf(() => {
    starts += 1;
    return async function* (source: AsyncIterable<EventBatch>) {
      for await (const batch of source) {
        if (batch.tag === 'poison') throw new Error('poisoned');
        yield batch;
      }
    };
  });
  const poison = batchOf('poison', { n: 1 });
  stage.offer(poison);
  assert.equal((await poison.delivery.settled).ok, false);
  stage.offer(batchOf('a', { n: 1 }));
  await tick();
  clock.advance(1000);
  await tick();
  await stage.end(never);
  assert.equal(starts, 2);
  assert.deepEqual(passed, ['a']);
});

test('an operator that ends early loses nothing silently: what it held is nacked', async () => {
  const { stage } = stageOf(
    () =>
      async function* (source: AsyncIterable<EventBatch>) {
        for await (const _ of source) return;
        yield* source;
      },
  );
  const held = batchOf('a', { n: 1 });
  stage.offer(held);
  const outcome = await held.delivery.settled;
  assert.equal(outcome.ok, false);
});

test('an operator that does not take its batches makes the caller wait', async () => {
  const { stage } = stageOf(
    () =>
      async function* () {
        await new Promise(() => {});
      },
  );
  const waits = Array.from({ length: 16 }, (_, n) => stage.offer(batchOf('a', { n })));
  assert.equal(waits[14], undefined);
  assert.notEqual(waits[15], undefined);
});

test('an operator that never calls back is left behind when the time is up', async () => {
  const { stage } = stageOf(
    () =>
      async function* (source: AsyncIterable<EventBatch>) {
        for await (const _ of source) await new Promise(() => {});
      },
  );
  const held = batchOf('a', { n: 1 });
  const queued = batchOf('b', { n: 1 });
  stage.offer(held);
  await tick();
  stage.offer(queued);
  await stage.end(AbortSignal.abort());
  assert.equal(held.delivery.outcome?.ok, false);
  assert.equal(queued.delivery.outcome?.ok, false);
});
