import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { Outlet } from '../../../lib/graph/outlet.ts';
import { silentLog } from '../../../lib/log.ts';
import { OutputStream, type Sink } from '../../../lib/stream/output_stream.ts';
import { batchOf } from './doors.ts';

/** A sink that takes batches and makes its caller wait until `release`. */
class SlowSink implements Sink {
  readonly taken: EventBatch[] = [];
  #release: (() => void) | undefined;

  append(batch: EventBatch): Promise<void> {
    this.taken.push(batch);
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  async flush(): Promise<void> {}

  release(): void {
    this.#release?.();
  }
}

/** A sink that always has room. */
class FreeSink extends SlowSink {
  override append(batch: EventBatch): Promise<void> {
    this.taken.push(batch);
    return Promise.resolve();
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('batches enter one after the other, first come, first served', async () => {
  const sink = new SlowSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  const tags = ['a', 'b', 'c', 'd', 'e'];
  const waits = tags.map((tag) => outlet.offer(batchOf(tag, { n: 1 })));
  for (const _ of tags) {
    await tick();
    sink.release();
  }
  await Promise.all(waits);
  await tick();
  assert.deepEqual(
    sink.taken.map((batch) => batch.tag),
    tags,
  );
});

test('a full sink holds at most two batches; further callers wait with theirs', async () => {
  const sink = new SlowSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  assert.equal(outlet.offer(batchOf('a', { n: 1 })), undefined);
  const second = outlet.offer(batchOf('b', { n: 1 }));
  const third = outlet.offer(batchOf('c', { n: 1 }));
  assert.notEqual(second, undefined);
  assert.notEqual(third, undefined);
  await tick();
  assert.equal(sink.taken.length, 1);
});

test('a stream that somebody destroys is opened again and takes the next batches', async () => {
  const sink = new FreeSink();
  let opened = 0;
  const outlet = new Outlet(() => {
    opened += 1;
    return new OutputStream(sink);
  }, silentLog);
  outlet.offer(batchOf('a', { n: 1 }));
  outlet.stream.destroy(new Error('who did this?'));
  await tick();
  await outlet.offer(batchOf('b', { n: 1 }));
  await tick();
  assert.equal(opened, 2);
  assert.deepEqual(
    sink.taken.map((batch) => batch.tag),
    ['a', 'b'],
  );
});

test('batches inside of a stream that is destroyed are nacked', async () => {
  const sink = new SlowSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  outlet.offer(batchOf('a', { n: 1 }));
  const inside = batchOf('b', { n: 1 });
  outlet.offer(inside);
  outlet.stream.destroy();
  assert.equal((await inside.delivery.settled).ok, false);
});

test('a pipeline that stops nacks the batches that wait', async () => {
  const outlet = new Outlet(() => new OutputStream(new SlowSink()), silentLog);
  outlet.offer(batchOf('a', { n: 1 }));
  outlet.offer(batchOf('b', { n: 1 }));
  const waiting = batchOf('c', { n: 1 });
  const wait = outlet.offer(waiting);
  outlet.refuseWaiting();
  await wait;
  assert.equal((await waiting.delivery.settled).ok, false);
  const late = batchOf('d', { n: 1 });
  outlet.offer(late);
  assert.equal((await late.delivery.settled).ok, false);
});

test('a closed outlet nacks what is offered', async () => {
  const outlet = new Outlet(() => new OutputStream(new FreeSink()), silentLog);
  outlet.close();
  const late = batchOf('a', { n: 1 });
  assert.equal(outlet.offer(late), undefined);
  assert.equal((await late.delivery.settled).ok, false);
});

test('a batch written to a stream that somebody has ended is nacked, and the next one is taken', async () => {
  const sink = new FreeSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  outlet.stream.end();
  const lost = batchOf('a', { n: 1 });
  outlet.offer(lost);
  assert.equal((await lost.delivery.settled).ok, false);
  await tick();
  outlet.offer(batchOf('b', { n: 1 }));
  await tick();
  assert.deepEqual(
    sink.taken.map((batch) => batch.tag),
    ['b'],
  );
});

test('a batch that is offered while its stream is being destroyed is nacked or taken, never forgotten', async () => {
  const sink = new FreeSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  outlet.offer(batchOf('a', { n: 1 }));
  outlet.stream.destroy();
  const between = batchOf('b', { n: 1 });
  outlet.offer(between);
  await tick();
  assert.equal(between.delivery.outcome?.ok ?? sink.taken.includes(between), false);
});

test('a caller that waits for room goes on when the stream is destroyed or the outlet closed', async () => {
  for (const end of ['destroy', 'close'] as const) {
    const outlet = new Outlet(() => new OutputStream(new SlowSink()), silentLog);
    outlet.offer(batchOf('a', { n: 1 }));
    const wait = outlet.offer(batchOf('b', { n: 1 }));
    assert.notEqual(wait, undefined);
    if (end === 'close') outlet.close();
    else outlet.stream.destroy();
    await wait;
  }
});

test('waiting for room leaves nothing behind on the stream', async () => {
  const sink = new FreeSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  const listeners = (): number[] =>
    ['drain', 'close', 'error', 'finish'].map((event) => outlet.stream.listenerCount(event));
  const before = listeners();
  for (let n = 0; n < 50; n += 1) {
    outlet.offer(batchOf('a', { n }));
    await outlet.offer(batchOf('a', { n }));
  }
  assert.deepEqual(listeners(), before);
  assert.equal(sink.taken.length, 100);
});

test('once sources have stopped, batches may wait again', async () => {
  const sink = new SlowSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  outlet.refuseWaiting();
  outlet.offer(batchOf('a', { n: 1 }));
  outlet.offer(batchOf('b', { n: 1 }));
  outlet.admitWaiting();
  const last = batchOf('c', { n: 1 });
  const wait = outlet.offer(last);
  for (const _ of [1, 2, 3]) {
    sink.release();
    await tick();
  }
  await wait;
  assert.equal(last.delivery.outcome, undefined);
  assert.equal(sink.taken.at(-1), last);
});

test('what waits or is on its way has passed when the sink has taken it, and what comes later is not waited for', async () => {
  const sink = new SlowSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  await outlet.passed();
  for (const tag of ['a', 'b', 'c']) outlet.offer(batchOf(tag, { n: 1 }));
  let hasPassed = false;
  const passed = outlet.passed().then(() => {
    hasPassed = true;
  });
  outlet.offer(batchOf('late', { n: 1 }));
  for (const tag of ['a', 'b', 'c']) {
    await tick();
    assert.equal(hasPassed, false);
    assert.equal(sink.taken.at(-1)?.tag, tag);
    sink.release();
  }
  await passed;
});

test('who waits for batches to pass goes on when the outlet is closed', async () => {
  const sink = new SlowSink();
  const outlet = new Outlet(() => new OutputStream(sink), silentLog);
  for (const tag of ['a', 'b', 'c']) outlet.offer(batchOf(tag, { n: 1 }));
  const passed = outlet.passed();
  outlet.close();
  await passed;
});
