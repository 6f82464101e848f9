import assert from 'node:assert/strict';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { type AckLevel, Delivery } from '../../../lib/event/delivery.ts';
import type { Origin } from '../../../lib/event/origin.ts';
import { CrashingDisk } from './crashing_files.ts';
import { systemError } from './faulty_files.ts';
import { entry, openRig, planOf } from './rig.ts';

const plan = planOf({ path: '/buffer' }, ['tag', 'key']);
const setup = { deadLetterFolder: '/dead' };

/** Positions `[begin, end)`, two keys in turn: two parts where there is more than one event. */
function offer(begin: number, end: number, level: AckLevel = 'stored', low = 0): EventBatch {
  const origin: Origin = { source: 'log', epoch: 1, begin, end, low };
  const entries = Array.from({ length: end - begin }, (_, index) =>
    entry(begin + index, { key: (begin + index) % 2 }),
  );
  return entriesBatch('a', entries, { delivery: new Delivery(level), origin });
}

function sorted(numbers: readonly unknown[]): number[] {
  return numbers.map(Number).sort((one, other) => one - other);
}

test('a batch that is offered again is acked and not stored again', async (t) => {
  for (const each of [planOf({}, ['tag', 'key']), plan]) {
    const files = new CrashingDisk().process();
    const { buffer, output, metric } = await openRig(t, each, { ...setup, files });
    for (let times = 0; times < 3; times += 1) {
      const batch = offer(0, 4);
      buffer.append(batch);
      assert.deepEqual(await batch.delivery.settled, { ok: true });
    }
    assert.equal(metric('repeated_events_total'), 8);
    buffer.start();
    await buffer.flush();
    const late = offer(0, 4);
    buffer.append(late);
    assert.deepEqual(await late.delivery.settled, { ok: true });
    assert.deepEqual(sorted(output.numbers), [0, 1, 2, 3]);
    await buffer.close();
  }
});

test('a repeated batch is not acked before the first is safe', async (t) => {
  const disk = new CrashingDisk();
  const { buffer } = await openRig(t, plan, { ...setup, files: disk.process() });
  disk.onCall = ({ name, path }) => {
    if (name === 'sync' && path.endsWith('.staged')) throw systemError('EIO');
  };
  const first = offer(0, 2);
  const again = offer(0, 2);
  buffer.append(first);
  buffer.append(again);
  assert.equal((await first.delivery.settled).ok, false);
  assert.equal((await again.delivery.settled).ok, false);
  disk.onCall = () => {};
  const third = offer(0, 2);
  buffer.append(third);
  assert.deepEqual(await third.delivery.settled, { ok: true });
  assert.equal(buffer.stats().stagedChunks, 2);
  await buffer.close();
});

test('of a batch in parts only those are stored again that were not', async (t) => {
  const disk = new CrashingDisk();
  const first = await openRig(t, plan, { ...setup, files: disk.process() });
  let opened = 0;
  disk.onCall = ({ name, path }) => {
    if (name === 'open' && path.endsWith('.staged') && ++opened === 2) throw systemError('EMFILE');
  };
  const refused = offer(0, 4);
  first.buffer.append(refused);
  assert.equal((await refused.delivery.settled).ok, false);
  await first.buffer.close();
  const second = await openRig(t, plan, { ...setup, files: disk.process() });
  assert.equal(second.buffer.stats().stagedChunks, 1);
  const again = offer(0, 4);
  second.buffer.append(again);
  assert.deepEqual(await again.delivery.settled, { ok: true });
  second.buffer.start();
  await second.buffer.flush();
  assert.deepEqual(sorted(second.output.numbers), [0, 1, 2, 3]);
  await second.buffer.close();
});

test('what was stored is known after a restart, whether its chunks are still there or purged', async (t) => {
  const disk = new CrashingDisk();
  const first = await openRig(t, plan, { ...setup, files: disk.process() });
  const purged = offer(0, 4);
  first.buffer.append(purged);
  first.buffer.start();
  await first.buffer.flush();
  const kept = offer(4, 8);
  first.buffer.append(kept);
  await kept.delivery.settled;
  disk.cutPower(() => false);
  disk.delete('/buffer/lock');
  const second = await openRig(t, plan, { ...setup, files: disk.process() });
  assert.deepEqual(second.buffer.storedEnds('log'), [8]);
  for (const batch of [offer(0, 4), offer(4, 8)]) {
    second.buffer.append(batch);
    assert.deepEqual(await batch.delivery.settled, { ok: true });
  }
  second.buffer.start();
  await second.buffer.flush();
  assert.deepEqual(sorted(second.output.numbers.filter((n) => Number(n) >= 4)), [4, 5, 6, 7]);
  await second.buffer.close();
});

test('a damaged snapshot of origins costs memory, no event', async (t) => {
  const disk = new CrashingDisk();
  const first = await openRig(t, plan, { ...setup, files: disk.process() });
  first.buffer.append(offer(0, 2));
  first.buffer.start();
  await first.buffer.flush();
  await first.buffer.close();
  disk.put('/buffer/origins', Buffer.from('nonsense'));
  const second = await openRig(t, plan, { ...setup, files: disk.process() });
  const again = offer(0, 2);
  second.buffer.append(again);
  assert.deepEqual(await again.delivery.settled, { ok: true });
  assert.equal(second.buffer.stats().stagedChunks, 2, 'it is stored again');
  await second.buffer.close();
});

test('a repeated batch that waits for delivery is acked with the first', async (t) => {
  const files = new CrashingDisk().process();
  const { buffer } = await openRig(t, plan, { ...setup, files });
  const first = offer(0, 4, 'delivered');
  const again = offer(0, 4, 'delivered');
  buffer.append(first);
  buffer.append(again);
  await new Promise(setImmediate);
  assert.deepEqual([first.delivery.outcome, again.delivery.outcome], [undefined, undefined]);
  buffer.start();
  await buffer.flush();
  assert.deepEqual(await first.delivery.settled, { ok: true });
  assert.deepEqual(await again.delivery.settled, { ok: true });
  await buffer.close();
});

test('what is below the low water is acked, and nobody need remember it', async (t) => {
  const files = new CrashingDisk().process();
  const { buffer } = await openRig(t, plan, { ...setup, files });
  const high = offer(100, 102, 'stored', 100);
  buffer.append(high);
  await high.delivery.settled;
  assert.deepEqual(buffer.storedEnds('log'), [100, 102]);
  const low = offer(90, 100);
  buffer.append(low);
  assert.deepEqual(await low.delivery.settled, { ok: true });
  assert.equal(buffer.stats().stagedChunks, 2, 'nothing more is stored');
  await buffer.close();
});
