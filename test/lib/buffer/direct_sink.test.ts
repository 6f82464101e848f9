import assert from 'node:assert/strict';
import test from 'node:test';
import { DirectSink } from '../../../lib/buffer/direct_sink.ts';
import { MillraceError, PartialFailure, Unrecoverable } from '../../../lib/error.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { silentLog } from '../../../lib/log.ts';
import type { Output, Receipt } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf, exitTo, outcomeOf, TestDoor } from '../graph/doors.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function sinkOn(
  output: Output,
  onReceipt: (receipt: Receipt) => Promise<void> | undefined = () => undefined,
) {
  const errors = new TestDoor();
  const clock = new TestClock();
  const receipts: Receipt[] = [];
  const sink = new DirectSink({
    id: 'under_test',
    output,
    clock,
    log: silentLog,
    errors: exitTo(errors),
    random: Math.random,
    onReceipt(receipt) {
      receipts.push(receipt);
      return onReceipt(receipt);
    },
  });
  return { sink, errors, clock, receipts };
}

/** An output that keeps the tags of its chunks, and fails with what `failures` has for a tag. */
function keeping(failures: { readonly [tag: string]: Error } = {}) {
  const written: string[] = [];
  const output: Output = {
    async write(chunk) {
      const failure = failures[chunk.tag];
      if (failure !== undefined) throw failure;
      written.push(chunk.tag);
    },
  };
  return { written, output };
}

test('a batch is acknowledged once it is written, and its receipt tells of it', async () => {
  const clockMoves: (() => void)[] = [];
  const { sink, receipts, clock } = sinkOn({
    write: () => new Promise((resolve) => clockMoves.push(resolve)),
  });
  const batch = batchOf('a', { n: 1 }, { n: 2 });
  const room = sink.append(batch);
  await tick();
  assert.equal(outcomeOf(batch), undefined);
  clock.advance(25);
  for (const resolve of clockMoves) resolve();
  await room;
  assert.equal(outcomeOf(batch), true);
  const [receipt] = receipts;
  assert.deepEqual(
    { ...receipt, chunkId: '', bytes: 0 },
    {
      outputId: 'under_test',
      chunkId: '',
      tag: 'a',
      count: 2,
      bytes: 0,
      attempts: 1,
      latencyMs: 25,
    },
  );
});

test('batches are written one after the other, in order', async () => {
  const order: string[] = [];
  const { sink } = sinkOn({
    async write({ tag }) {
      order.push(`${tag} begins`);
      await tick();
      order.push(`${tag} ends`);
    },
  });
  for (const tag of ['a', 'b']) sink.append(batchOf(tag, { n: 1 }));
  await sink.flush();
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a batch that cannot be written is nacked, and the next one is written', async () => {
  const gone = new Error('gone');
  const { output, written } = keeping({ a: gone, b: new MillraceError('MR_NET', 'refused') });
  const { sink, errors, receipts } = sinkOn(output);
  const batches = ['a', 'b', 'c'].map((tag) => batchOf(tag, { n: 1 }));
  for (const batch of batches) sink.append(batch);
  await sink.flush();
  assert.deepEqual(batches.map(outcomeOf), [false, false, true]);
  assert.deepEqual(batches[0]?.delivery.outcome, { ok: false, cause: gone });
  assert.deepEqual(written, ['c']);
  assert.deepEqual(errors.taken, []);
  assert.equal(receipts.length, 1);
});

test('an output is opened before its first write, again until that succeeds, and then no more', async () => {
  let opened = 0;
  const { output, written } = keeping();
  const { sink } = sinkOn({
    ...output,
    async open() {
      opened += 1;
      if (opened === 1) throw new Error('not yet');
    },
  });
  const batches = ['a', 'b', 'c'].map((tag) => batchOf(tag, { n: 1 }));
  for (const batch of batches) sink.append(batch);
  await sink.flush();
  assert.deepEqual(batches.map(outcomeOf), [false, true, true]);
  assert.deepEqual(written, ['b', 'c']);
  assert.equal(opened, 2);
});

test('what can never be delivered goes to @ERROR whole, instead of round and round', async () => {
  const { output } = keeping({
    a: new Unrecoverable('too large'),
    b: new MillraceError('MR_EVENT', 'no such index'),
  });
  const { sink, errors, receipts } = sinkOn(output);
  const origin = { source: 'tail:1', epoch: 0, begin: 0, end: 9, low: 0 };
  const batches = ['a', 'b'].map((tag) => batchOf(tag, { n: 1 }, { n: 2 }).derive({ origin }));
  for (const batch of batches) await sink.append(batch);
  assert.deepEqual(errors.records, [
    ['a', [{ n: 1 }, { n: 2 }]],
    ['b', [{ n: 1 }, { n: 2 }]],
  ]);
  assert.deepEqual(errors.taken[0]?.origin, { ...origin, source: 'tail:1/eoutput under_test' });
  for (const batch of errors.taken) batch.delivery.ack();
  assert.deepEqual(batches.map(outcomeOf), [true, true]);
  assert.deepEqual(receipts, []);
});

test('entries that are refused go to @ERROR, the others count as delivered', async () => {
  const rejected = [
    { index: 2, reason: 'too old' },
    { index: 0, reason: 'no field' },
    { index: 2, reason: 'too old' },
    { index: 7, reason: 'nobody’s' },
  ];
  const { output } = keeping({ a: new PartialFailure(rejected) });
  const { sink, errors, receipts } = sinkOn(output);
  const batch = batchOf('a', { n: 0 }, { n: 1 }, { n: 2 });
  await sink.append(batch);
  assert.deepEqual(errors.records, [['a', [{ n: 2 }, { n: 0 }]]]);
  assert.equal(receipts[0]?.count, 1);
  assert.equal(outcomeOf(batch), undefined);
  errors.taken[0]?.delivery.ack();
  assert.equal(outcomeOf(batch), true);
});

test('a partial failure that names nobody is a delivery', async () => {
  const { output } = keeping({ a: new PartialFailure([]) });
  const { sink, errors } = sinkOn(output);
  const batch = batchOf('a', { n: 0 });
  await sink.append(batch);
  assert.equal(outcomeOf(batch), true);
  assert.deepEqual(errors.taken, []);
});

test('an entry that cannot be formatted goes to @ERROR alone; a batch of none else is not written', async () => {
  const texts: string[] = [];
  const { sink, errors } = sinkOn({
    format({ record }) {
      if (record['n'] === 1) throw new Error('I cannot print 1');
      return `${record['n']}\n`;
    },
    async write(chunk) {
      for await (const piece of chunk.bytes()) texts.push(Buffer.from(piece).toString());
    },
  });
  const batches = [batchOf('a', { n: 0 }, { n: 1 }, { n: 2 }), batchOf('b', { n: 1 })];
  for (const batch of batches) await sink.append(batch);
  assert.deepEqual(texts, ['0\n2\n']);
  assert.deepEqual(errors.records, [
    ['a', [{ n: 1 }]],
    ['b', [{ n: 1 }]],
  ]);
  for (const batch of errors.taken) batch.delivery.ack();
  assert.deepEqual(batches.map(outcomeOf), [true, true]);
});

test('a refusal is counted among the entries that could be formatted', async () => {
  const { sink, errors } = sinkOn({
    format({ record }) {
      if (record['n'] === 0) throw new Error('no');
      return 'x';
    },
    async write() {
      throw new PartialFailure([{ index: 0, reason: 'the first that was written' }]);
    },
  });
  await sink.append(batchOf('a', { n: 0 }, { n: 1 }, { n: 2 }));
  assert.deepEqual(errors.records, [['a', [{ n: 0 }, { n: 1 }]]]);
});

test('a slow reader of receipts holds the next write back', async () => {
  const { output, written } = keeping();
  const releases: (() => void)[] = [];
  const { sink } = sinkOn(output, () => new Promise((resolve) => releases.push(resolve)));
  for (const tag of ['a', 'b']) sink.append(batchOf(tag, { n: 1 }));
  await tick();
  assert.deepEqual(written, ['a']);
  releases[0]?.();
  await tick();
  assert.deepEqual(written, ['a', 'b']);
});

test('closing waits for what was appended, and leaves no timer', async () => {
  const { output, written } = keeping();
  const { sink, clock } = sinkOn(output);
  const batch = batchOf('a', { n: 1 });
  sink.append(batch);
  await sink.close({ deadlineMs: 1000 });
  assert.deepEqual(written, ['a']);
  assert.equal(outcomeOf(batch), true);
  assert.equal(clock.timers, 0);
});

test('a write that hangs is left behind at the deadline, and all that waits for it is nacked', async () => {
  let signalled: AbortSignal | undefined;
  let finish = (): void => {};
  const { sink, clock } = sinkOn({
    write(_, signal) {
      signalled = signal;
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  });
  const batches: EventBatch[] = ['a', 'b'].map((tag) => batchOf(tag, { n: 1 }));
  for (const batch of batches) sink.append(batch);
  await tick();
  const closing = sink.close({ deadlineMs: 1000 });
  clock.advance(1000);
  await closing;
  assert.equal(signalled?.aborted, true);
  assert.deepEqual(batches.map(outcomeOf), [false, false]);
  finish();
  await sink.flush();
  assert.deepEqual(batches.map(outcomeOf), [false, false]);
});
