import assert from 'node:assert/strict';
import test from 'node:test';
import { BufferedChunk } from '../../../lib/buffer/buffered_chunk.ts';
import { ChunkQueue } from '../../../lib/buffer/chunk_queue.ts';
import { MemoryStore } from '../../../lib/buffer/store/memory_store.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

/** A queue with what it tells, and a way to make chunks, one younger than the other. */
function queueOf() {
  const clock = new TestClock();
  const store = new MemoryStore(clock.nowMs(), () => 0.5);
  const told: string[] = [];
  const queue = new ChunkQueue(
    clock,
    () => void told.push('ready'),
    () => void told.push('resting'),
  );
  const chunk = (): BufferedChunk => {
    const key = { tag: 'app', timekey: undefined, variables: new Map() };
    const beginning = { createdMs: 0, tag: 'app', key, isFormatted: false };
    return new BufferedChunk(store.begin(beginning), undefined, 0);
  };
  return { clock, queue, told, chunk };
}

test('chunks are taken in the order in which they became ready', () => {
  const { queue, chunk, told } = queueOf();
  const [first, second] = [chunk(), chunk()];
  queue.push(second);
  queue.push(first);
  assert.deepEqual([queue.take(), queue.take(), queue.take()], [second, first, undefined]);
  assert.deepEqual(told, ['ready', 'ready']);
});

test('a resting chunk holds up no other, and is ready when its time has come', () => {
  const { clock, queue, chunk, told } = queueOf();
  const [resting, ready] = [chunk(), chunk()];
  queue.rest(resting, 1000);
  queue.push(ready);
  assert.deepEqual([resting.state, queue.restingCount, queue.readyCount], ['resting', 1, 1]);
  assert.deepEqual([queue.take(), queue.take()], [ready, undefined]);
  clock.advance(1000);
  assert.deepEqual([resting.state, queue.take()], ['ready', resting]);
  assert.deepEqual(told, ['resting', 'ready', 'ready']);
});

test('chunks that have rested take turns with those that have not', () => {
  const { clock, queue, chunk } = queueOf();
  const failed = [chunk(), chunk()];
  const fresh = [chunk(), chunk(), chunk()];
  for (const each of failed) queue.rest(each, 1000);
  for (const each of fresh) queue.push(each);
  clock.advance(1000);
  assert.equal(queue.readyCount, 5);
  const taken = Array.from({ length: 5 }, () => queue.take());
  assert.deepEqual(taken, [fresh[0], failed[0], fresh[1], failed[1], fresh[2]]);
});

test('a chunk that is woken early does not wake again', () => {
  const { clock, queue, chunk } = queueOf();
  const [timed, endless] = [chunk(), chunk()];
  queue.rest(timed, 1000);
  queue.rest(endless, undefined);
  queue.wakeAll();
  assert.deepEqual([queue.restingCount, clock.timers], [0, 0]);
  assert.deepEqual([queue.take(), queue.take()], [timed, endless]);
});

test('the oldest chunk is found whether it is ready or rests, and its rest is over', () => {
  const { clock, queue, chunk } = queueOf();
  const [oldest, middle, youngest] = [chunk(), chunk(), chunk()];
  queue.push(middle);
  queue.push(youngest);
  queue.rest(oldest, 1000);
  assert.equal(queue.takeOldest(), oldest);
  assert.equal(clock.timers, 0);
  assert.deepEqual([queue.takeOldest(), queue.takeOldest()], [middle, youngest]);
  assert.equal(queue.takeOldest(), undefined);
});

test('in a queue that is stopped nothing wakes by itself', () => {
  const { clock, queue, chunk } = queueOf();
  queue.rest(chunk(), 1000);
  queue.stop();
  clock.advance(5000);
  assert.deepEqual([queue.readyCount, queue.restingCount], [0, 1]);
});
