import assert from 'node:assert/strict';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf, entry, openRig, planOf, temporaryFolder } from './rig.ts';

test('a chunk is flushed flush_interval after it was begun', async (t) => {
  const { buffer, output, clock } = await openRig(t, planOf({ flushInterval: '10s' }));
  buffer.start();
  buffer.append(batchOf('a', 0, 1));
  clock.advance(9000);
  buffer.append(batchOf('a', 1, 2));
  buffer.append(batchOf('b', 2, 3));
  clock.advance(999);
  assert.equal(buffer.stats().stagedChunks, 2);
  clock.advance(1);
  await output.untilWritten(1);
  assert.deepEqual(output.numbers, [0, 1]);
  assert.equal(buffer.stats().stagedChunks, 1);
  clock.advance(9000);
  await output.untilWritten(2);
  assert.deepEqual(output.numbers, [0, 1, 2]);
  await buffer.close();
});

test('flush_mode immediate makes a chunk of each batch', async (t) => {
  const { buffer, output } = await openRig(t, planOf({ flushMode: 'immediate' }));
  buffer.start();
  buffer.append(batchOf('a', 0, 2));
  buffer.append(batchOf('a', 2, 3));
  await output.untilWritten(2);
  assert.deepEqual(
    output.written.map(({ count }) => count),
    [2, 1],
  );
  await buffer.close();
});

test('flush_mode lazy flushes full chunks only', async (t) => {
  const plan = planOf({ flushMode: 'lazy', chunkLimitRecords: 4, chunkFullThreshold: 1 });
  const { buffer, output, clock } = await openRig(t, plan);
  buffer.start();
  buffer.append(batchOf('a', 0, 3));
  clock.advance(1e9);
  assert.equal(buffer.stats().stagedChunks, 1);
  buffer.append(batchOf('a', 3, 4));
  await output.untilWritten(1);
  assert.deepEqual(output.numbers, [0, 1, 2, 3]);
  await buffer.close();
});

test('a chunk takes no more events than chunk_limit_records and no more bytes than chunk_limit_size', async (t) => {
  const byCount = await openRig(t, planOf({ chunkLimitRecords: 10, chunkFullThreshold: 1 }));
  byCount.buffer.start();
  byCount.buffer.append(batchOf('a', 0, 25));
  byCount.buffer.append(batchOf('a', 25, 32));
  await byCount.buffer.flush();
  assert.deepEqual(
    byCount.output.written.map(({ count }) => count),
    [10, 10, 5, 7],
  );
  await byCount.buffer.close();
  const bySize = await openRig(t, planOf({ chunkLimitSize: 100, chunkFullThreshold: 1 }));
  bySize.buffer.start();
  const batch = batchOf('a', 0, 40);
  const entryBytes = batch.packed().length / batch.count;
  bySize.buffer.append(batch);
  await bySize.buffer.flush();
  assert.deepEqual(
    bySize.output.numbers,
    Array.from({ length: 40 }, (_, n) => n),
  );
  const most = Math.floor(100 / entryBytes);
  assert(bySize.output.written.every(({ count }) => count <= most));
  await bySize.buffer.close();
});

test('chunk_full_threshold says when a chunk is full', async (t) => {
  const { buffer, output } = await openRig(
    t,
    planOf({ chunkLimitRecords: 10, chunkFullThreshold: 0.5 }),
  );
  buffer.start();
  buffer.append(batchOf('a', 0, 4));
  assert.equal(buffer.stats().stagedChunks, 1);
  buffer.append(batchOf('a', 4, 5));
  await output.untilWritten(1);
  assert.equal(output.written[0]?.count, 5);
  await buffer.close();
});

test('a time slice is flushed timekey_wait after its end, and no earlier', async (t) => {
  const clock = new TestClock({ sec: 1_700_000_000, nsec: 0 });
  const plan = planOf({ timekey: '1h', timekeyWait: '10m' }, ['tag', 'time']);
  const { buffer, output } = await openRig(t, plan, { clock });
  buffer.start();
  const sliceEnd = Math.ceil(1_700_000_000 / 3600) * 3600;
  buffer.append(
    entriesBatch('a', [entry(0), entry(1, {}, sliceEnd - 1), entry(2, {}, sliceEnd), entry(3)]),
  );
  assert.equal(buffer.stats().stagedChunks, 2);
  const dueMs = (sliceEnd + 600) * 1000;
  clock.advance(dueMs - clock.nowMs() - 1);
  assert.equal(buffer.stats().stagedChunks, 2);
  clock.advance(1);
  await output.untilWritten(1);
  assert.deepEqual(output.numbers, [0, 1, 3]);
  clock.advance(3_600_000);
  await output.untilWritten(2);
  assert.deepEqual(output.numbers, [0, 1, 3, 2]);
  await buffer.close();
});

test('time alone seals no further chunk while queued_chunks_limit_size chunks wait', async (t) => {
  const plan = planOf({ flushInterval: '1s', queuedChunksLimitSize: 2 });
  const { buffer, output, clock } = await openRig(t, plan);
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  output.onWrite = () => gate;
  buffer.start();
  for (const tag of ['a', 'b', 'c', 'd', 'e']) buffer.append(batchOf(tag, 0, 1));
  clock.advance(1000);
  // One is being written, two wait.
  assert.deepEqual([buffer.stats().queuedChunks, buffer.stats().stagedChunks], [3, 2]);
  release();
  await output.untilWritten(5);
  await buffer.close();
});

test('flush_thread_count chunks are written at a time', async (t) => {
  const plan = planOf({ flushMode: 'immediate', flushThreadCount: 3 });
  const { buffer, output } = await openRig(t, plan);
  let writing = 0;
  let most = 0;
  output.onWrite = async () => {
    writing += 1;
    most = Math.max(most, writing);
    await new Promise(setImmediate);
    writing -= 1;
  };
  buffer.start();
  for (let n = 0; n < 9; n += 1) buffer.append(batchOf('a', n, n + 1));
  await output.untilWritten(9);
  assert.equal(most, 3);
  await buffer.close();
});

test('flush_thread_burst_interval is the pause after each chunk', async (t) => {
  const plan = planOf({ flushMode: 'immediate', flushThreadBurstInterval: '2s' });
  const { buffer, output, clock } = await openRig(t, plan);
  buffer.start();
  for (let n = 0; n < 3; n += 1) buffer.append(batchOf('a', n, n + 1));
  await output.untilWritten(1);
  await new Promise(setImmediate);
  clock.advance(1999);
  await new Promise(setImmediate);
  assert.equal(output.tried.length, 1);
  clock.advance(1);
  await output.untilWritten(2);
  await buffer.close();
});

test('ten thousand keys are staged at most: one more seals the oldest', async (t) => {
  const { buffer, output } = await openRig(t, planOf());
  buffer.start();
  for (let n = 0; n < 10_005; n += 1) buffer.append(batchOf(`tag${n}`, n, n + 1));
  assert.equal(buffer.stats().stagedChunks, 10_000);
  await output.untilWritten(5);
  assert.deepEqual(output.numbers, [0, 1, 2, 3, 4]);
  await buffer.close();
});

test('a clock that is set back delays no chunk and reorders none', async (t) => {
  const path = temporaryFolder(t);
  const late = new TestClock({ sec: 1_700_000_000, nsec: 0 });
  const first = await openRig(t, planOf({ path }), { clock: late });
  const one = batchOf('a', 0, 1);
  first.buffer.append(one);
  await one.delivery.settled;
  await first.buffer.close();
  const early = new TestClock({ sec: 1_600_000_000, nsec: 0 });
  const second = await openRig(t, planOf({ path, flushInterval: '5s' }), { clock: early });
  const two = batchOf('b', 1, 2);
  second.buffer.append(two);
  await two.delivery.settled;
  second.buffer.start();
  early.advance(5000);
  await second.output.untilWritten(2);
  assert.deepEqual(second.output.numbers, [0, 1]);
  const [before = '', after = ''] = second.output.written.map(({ id }) => id);
  assert(before < after, 'the order of ids is the order of time');
  await second.buffer.close();
});
