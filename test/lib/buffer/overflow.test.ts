import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import type { Outcome } from '../../../lib/event/delivery.ts';
import { faultyFiles, systemError } from './faulty_files.ts';
import { batchOf, openRig, planOf, temporaryFolder } from './rig.ts';

/** A gate that a test opens. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

function isOverflow(outcome: Outcome | undefined): boolean {
  return (
    outcome?.ok === false &&
    outcome.cause instanceof MillraceError &&
    outcome.cause.code === 'MR_BUFFER_OVERFLOW'
  );
}

test('overflow_action throw_exception refuses the batch, which is never acknowledged', async (t) => {
  const plan = planOf({ totalLimitSize: 100, overflowAction: 'throw_exception' });
  const { buffer, output } = await openRig(t, plan);
  const taken = batchOf('a', 0, 10);
  assert.equal(buffer.append(taken), undefined);
  const refused = batchOf('a', 10, 11);
  assert.equal(buffer.append(refused), undefined);
  assert.deepEqual(taken.delivery.outcome, { ok: true });
  assert(isOverflow(refused.delivery.outcome));
  buffer.start();
  await buffer.flush();
  const again = batchOf('a', 10, 11);
  buffer.append(again);
  assert.deepEqual(again.delivery.outcome, { ok: true });
  await buffer.flush();
  assert.deepEqual(output.numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await buffer.close();
});

for (const kind of ['memory', 'file'] as const) {
  test(`overflow_action block makes callers of a ${kind} buffer wait, in order, and seals early so that it cannot lock up`, async (t) => {
    const path = kind === 'file' ? temporaryFolder(t) : undefined;
    const plan = planOf({ path, totalLimitSize: 200, overflowAction: 'block', flushMode: 'lazy' });
    const { buffer, output } = await openRig(t, plan);
    const { passed, open } = gate();
    output.onWrite = () => passed;
    buffer.start();
    const batches = Array.from({ length: 6 }, (_, index) =>
      batchOf('a', index * 10, index * 10 + 10),
    );
    const waits = batches.map((batch) => buffer.append(batch));
    assert(waits.slice(1).every((wait) => wait !== undefined));
    await output.untilTried(1);
    assert(buffer.stats().waitingBatches >= 3);
    assert.equal(batches.at(-1)?.delivery.outcome, undefined);
    open();
    await Promise.all(waits);
    for (const batch of batches) assert.deepEqual(await batch.delivery.settled, { ok: true });
    await buffer.flush();
    assert.deepEqual(
      output.numbers,
      Array.from({ length: 60 }, (_, n) => n),
    );
    await buffer.close();
  });
}

test('a blocked caller goes on when a resting chunk is all there is besides what is staged', async (t) => {
  const plan = planOf({ totalLimitSize: 150, overflowAction: 'block', flushMode: 'lazy' });
  const { buffer, output } = await openRig(t, plan);
  output.onWrite = ({ tag }) => {
    if (tag === 'bad') throw new Error('for ever');
  };
  buffer.start();
  buffer.append(batchOf('bad', 0, 4));
  buffer.append(batchOf('good', 4, 8));
  const last = buffer.append(batchOf('good', 8, 18));
  await last;
  assert.deepEqual(new Set(output.numbers.slice(0, 4)), new Set([4, 5, 6, 7]));
  await buffer.close();
});

test('overflow_action drop_oldest_chunk drops the oldest chunk, and counts it', async (t) => {
  const plan = planOf({ totalLimitSize: 200, overflowAction: 'drop_oldest_chunk' });
  const { buffer, output, metric } = await openRig(t, plan);
  for (const [index, tag] of ['a', 'b', 'c', 'd'].entries()) {
    const batch = batchOf(tag, index * 5, index * 5 + 5);
    assert.equal(buffer.append(batch), undefined);
    assert.deepEqual(batch.delivery.outcome, { ok: true });
  }
  buffer.start();
  await buffer.flush();
  const dropped = metric('dropped_chunks_total') ?? 0;
  assert(dropped > 0);
  assert.equal(metric('dropped_events_total'), dropped * 5);
  assert.deepEqual(
    output.numbers,
    Array.from({ length: 20 - dropped * 5 }, (_, n) => n + dropped * 5),
  );
  await buffer.close();
});

test('a dropped chunk is no success for who waits until it is delivered', async (t) => {
  const plan = planOf({ totalLimitSize: 100, overflowAction: 'drop_oldest_chunk' });
  const { buffer } = await openRig(t, plan);
  const dropped = batchOf('a', 0, 10, { level: 'delivered' });
  buffer.append(dropped);
  buffer.append(batchOf('b', 10, 20));
  assert(isOverflow(dropped.delivery.outcome));
  await buffer.close();
});

test('a full disk makes callers of a blocking buffer wait, and it goes on by itself', async (t) => {
  const path = temporaryFolder(t);
  let isFull = false;
  const files = faultyFiles(({ name, path: at }) => {
    if (isFull && name === 'write' && at.includes('.staged')) throw systemError('ENOSPC');
  });
  const plan = planOf({ path, overflowAction: 'block' });
  const { buffer, output, clock } = await openRig(t, plan, { files });
  buffer.start();
  buffer.append(batchOf('a', 0, 5));
  isFull = true;
  const held = batchOf('a', 5, 10);
  const next = batchOf('b', 10, 15);
  const waits = [buffer.append(held), buffer.append(next)];
  clock.advance(5000);
  assert.equal(buffer.stats().waitingBatches, 2);
  assert.equal(held.delivery.outcome, undefined);
  isFull = false;
  clock.advance(1000);
  await Promise.all(waits);
  assert.deepEqual(await held.delivery.settled, { ok: true });
  await buffer.flush();
  assert.deepEqual(
    output.numbers.sort((one, other) => Number(one) - Number(other)),
    Array.from({ length: 15 }, (_, n) => n),
  );
  await buffer.close();
});

test('a full disk refuses the batch where overflow_action is throw_exception', async (t) => {
  const path = temporaryFolder(t);
  let isFull = true;
  const files = faultyFiles(({ name, path: at }) => {
    if (isFull && name === 'write' && at.includes('.staged')) throw systemError('ENOSPC');
  });
  const { buffer, output } = await openRig(t, planOf({ path }), { files });
  buffer.start();
  const refused = batchOf('a', 0, 5);
  assert.equal(buffer.append(refused), undefined);
  assert.equal(refused.delivery.outcome?.ok, false);
  isFull = false;
  const taken = batchOf('a', 0, 5);
  buffer.append(taken);
  assert.deepEqual(await taken.delivery.settled, { ok: true });
  await buffer.flush();
  assert.deepEqual(output.numbers, [0, 1, 2, 3, 4]);
  await buffer.close();
});

test('an event larger than a chunk goes to @ERROR, the rest of its batch is stored', async (t) => {
  const { buffer, output, errors } = await openRig(t, planOf({ chunkLimitSize: 200 }));
  buffer.start();
  const batch = batchOf('a', 0, 3);
  const [first, second, third] = batch.entries();
  assert(first !== undefined && second !== undefined && third !== undefined);
  const huge = { ...second, record: { n: 1, text: 'x'.repeat(300) } };
  const mixed = batch.with([first, huge, third]);
  buffer.append(mixed);
  assert.deepEqual(await mixed.delivery.settled, { ok: true });
  await buffer.flush();
  assert.deepEqual(output.numbers, [0, 2]);
  assert.deepEqual(
    errors.map(({ tag, entry }) => [tag, entry.record['n']]),
    [['a', 1]],
  );
  await buffer.close();
});

test('a closed buffer refuses batches, and those that wait', async (t) => {
  const plan = planOf({ totalLimitSize: 50, overflowAction: 'block' });
  const { buffer, output, clock } = await openRig(t, plan);
  output.onWrite = (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  buffer.start();
  buffer.append(batchOf('a', 0, 3));
  const waiting = batchOf('a', 3, 6);
  const wait = [buffer.append(batchOf('a', 6, 9)), buffer.append(waiting)];
  await output.untilTried(1);
  const closed = buffer.close({ deadlineMs: 1000 });
  const late = batchOf('a', 10, 11);
  buffer.append(late);
  assert.equal(late.delivery.outcome?.ok, false);
  clock.advance(1000);
  await closed;
  await Promise.all(wait);
  assert.equal(waiting.delivery.outcome?.ok, false);
});
