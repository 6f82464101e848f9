import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test from 'node:test';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { Receipt } from '../../../lib/plugin/contract.ts';
import { OutputStream, type Sink } from '../../../lib/stream/output_stream.ts';
import { batchOf, outcomeOf } from '../graph/doors.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function receiptOf(n: number): Receipt {
  const chunkId = String(n);
  return { outputId: 'o', chunkId, tag: 'a', count: 1, bytes: 1, attempts: 1, latencyMs: 0 };
}

/** A sink that delivers each batch in turn, by a worker that waits for the reader of its receipts. */
class Worker implements Sink {
  readonly taken: EventBatch[] = [];
  readonly stream = new OutputStream(this);
  /** Receipts whose readers were waited for, and came. */
  reported = 0;
  #last: Promise<void> = Promise.resolve();

  append(batch: EventBatch): undefined {
    this.taken.push(batch);
    const n = this.taken.length - 1;
    this.#last = this.#last.then(async () => {
      batch.delivery.ack();
      await this.stream.receipt(receiptOf(n));
      this.reported += 1;
    });
  }

  flush(): Promise<void> {
    return this.#last;
  }
}

const batches = (count: number): EventBatch[] =>
  Array.from({ length: count }, (_, n) => batchOf('a', { n }));
const upTo = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

test('a pipeline that ends in an output resolves although nobody reads its receipts', async () => {
  const worker = new Worker();
  const given = batches(100);
  await pipeline(Readable.from(given), worker.stream);
  assert.deepEqual(worker.taken, given);
  assert.equal(worker.stream.unreadReceipts, 100);
  assert(given.every((batch) => outcomeOf(batch) === true));
});

test('a reader gets every receipt in order, and then the end', async () => {
  const worker = new Worker();
  const read: string[] = [];
  await pipeline(Readable.from(batches(100)), worker.stream, async (receipts) => {
    for await (const receipt of receipts) read.push(receipt.chunkId);
  });
  assert.deepEqual(read, upTo(100));
  assert.equal(worker.stream.unreadReceipts, 0);
});

test('end() finishes the stream after the flush, with a reader and without one', async () => {
  for (const isRead of [true, false]) {
    const worker = new Worker();
    const read: string[] = [];
    if (isRead) worker.stream.on('data', (receipt: Receipt) => read.push(receipt.chunkId));
    for (const batch of batches(50)) worker.stream.write(batch);
    worker.stream.end();
    await once(worker.stream, 'close');
    assert.equal(worker.reported, 50);
    assert.deepEqual(read, isRead ? upTo(50) : []);
  }
});

test('end() on a stream that took nothing finishes it', async () => {
  const { stream } = new Worker();
  stream.end();
  await once(stream, 'close');
  assert.equal(stream.unreadReceipts, 0);
});

test('a slow reader makes the worker wait, and loses no receipt', async () => {
  const worker = new Worker();
  const read: string[] = [];
  const releases: (() => void)[] = [];
  const slow = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(receipt: Receipt, _encoding, done) {
      read.push(receipt.chunkId);
      releases.push(done);
    },
  });
  const running = pipeline(worker.stream, slow);
  for (const batch of batches(100)) worker.stream.write(batch);
  worker.stream.end();
  await tick();
  assert(worker.reported < 20, `${worker.reported} receipts are out although one was read`);
  assert.equal(worker.taken.length, 100);
  while (read.length < 100 || releases.length > 0) {
    releases.shift()?.();
    await tick();
  }
  await running;
  assert.deepEqual(read, upTo(100));
  assert.equal(worker.reported, 100);
});

test('a worker that waits for a reader is released when the stream is destroyed', async () => {
  const worker = new Worker();
  worker.stream.on('data', () => {}).pause();
  for (const batch of batches(100)) worker.stream.write(batch);
  await tick();
  assert(worker.reported < 100);
  worker.stream.destroy();
  await worker.flush();
  assert.equal(worker.reported, 100);
});

test('a worker that waits for a reader is released when the reader goes away', async () => {
  const leaving = [
    (stream: OutputStream) => {
      const target = new Writable({ objectMode: true, highWaterMark: 1, write() {} });
      stream.pipe(target);
      return () => stream.unpipe(target);
    },
    (stream: OutputStream) => {
      const listener = (): void => {};
      stream.on('data', listener).pause();
      return () => stream.off('data', listener);
    },
    (stream: OutputStream) => {
      const listener = (): void => {};
      stream.on('readable', listener);
      return () => stream.off('readable', listener);
    },
  ];
  for (const attach of leaving) {
    const worker = new Worker();
    const leave = attach(worker.stream);
    for (const batch of batches(100)) worker.stream.write(batch);
    await tick();
    assert(worker.reported < 100);
    leave();
    worker.stream.end();
    await once(worker.stream, 'close');
    assert.equal(worker.reported, 100);
  }
});

test('a reader that stops early destroys the stream, and the worker goes on without it', async () => {
  const worker = new Worker();
  for (const batch of batches(100)) worker.stream.write(batch);
  for await (const _ of worker.stream) break;
  await worker.flush();
  assert.equal(worker.stream.destroyed, true);
  assert.equal(worker.reported, 100);
});

test('a receipt that comes after the end is dropped and counted, also while others are still unread', async () => {
  const worker = new Worker();
  const read: Receipt[] = [];
  worker.stream.on('data', (receipt: Receipt) => read.push(receipt)).pause();
  for (const batch of batches(1)) worker.stream.write(batch);
  worker.stream.end();
  await once(worker.stream, 'finish');
  assert.equal(worker.stream.receipt(receiptOf(1)), undefined);
  const closed = once(worker.stream, 'close');
  worker.stream.resume();
  await closed;
  assert.equal(worker.stream.receipt(receiptOf(2)), undefined);
  assert.deepEqual(read, [receiptOf(0)]);
  assert.equal(worker.stream.unreadReceipts, 2);
});

/** A sink whose `append` is given. */
function streamOn(append: Sink['append'], flush = async (): Promise<void> => {}): OutputStream {
  return new OutputStream({ append, flush });
}

test('a sink that waits holds the next batch back', async () => {
  const taken: EventBatch[] = [];
  let release = (): void => {};
  const stream = streamOn((batch) => {
    taken.push(batch);
    return new Promise((resolve) => {
      release = resolve;
    });
  });
  for (const batch of batches(3)) stream.write(batch);
  await tick();
  assert.equal(taken.length, 1);
  assert.equal(stream.writableNeedDrain, true);
  for (const count of [2, 3]) {
    release();
    await tick();
    assert.equal(taken.length, count);
  }
});

test('a sink that throws or rejects nacks the batch, and the stream goes on', async () => {
  const gone = new Error('gone');
  const failing = [
    () => {
      throw gone;
    },
    () => Promise.reject(gone),
  ];
  for (const append of failing) {
    const stream = streamOn(append);
    const given = batches(2);
    for (const batch of given) stream.write(batch);
    await tick();
    for (const batch of given) {
      assert.deepEqual(batch.delivery.outcome, { ok: false, cause: gone });
    }
    assert.equal(stream.destroyed, false);
  }
});

test('what is no batch fails the stream instead of the process', async () => {
  for (const given of ['a line', { record: {} }, 7]) {
    const { stream } = new Worker();
    const piping = pipeline(Readable.from([given]), stream);
    await assert.rejects(piping, /an output takes batches of events/);
  }
});

test('a flush that fails fails the stream at its end', async () => {
  const stream = streamOn(
    () => undefined,
    () => Promise.reject(new Error('the disk is gone')),
  );
  await assert.rejects(pipeline(Readable.from(batches(1)), stream), /the disk is gone/);
});

test('whether the sink has taken a batch is known of the last one that was written', async () => {
  const stream = streamOn(() => new Promise(() => {}));
  const [first, second] = batches(2);
  assert(first !== undefined && second !== undefined);
  stream.write(first);
  stream.write(second);
  assert.equal(stream.hasTaken(first), true);
  assert.equal(stream.hasTaken(second), false);
});
