import assert from 'node:assert/strict';
import test from 'node:test';
import { CrashingDisk } from './crashing_files.ts';
import { batchOf, openRig, planOf, type Rig } from './rig.ts';

const path = '/buffer';
const origin = { source: 'log', epoch: 1, begin: 0, end: 3, low: 0 };

/** A buffer whose receiver is down, with one chunk that was tried. */
async function triedChunk(t: Parameters<typeof openRig>[0], disk: CrashingDisk): Promise<Rig> {
  const plan = planOf({ path, retryWait: '1s', retryForever: true, flushMode: 'immediate' });
  const rig = await openRig(t, plan, { files: disk.process(), deadLetterFolder: '/dead' });
  rig.output.onWrite = () => {
    throw new Error('down');
  };
  rig.buffer.start();
  return rig;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise(setImmediate);
}

function chunkPath(disk: CrashingDisk): string {
  return disk.paths.find((each) => each.endsWith('.queued')) ?? '';
}

test('a chunk whose file somebody deleted leaves the queue, its events are counted and its source is told', async (t) => {
  const disk = new CrashingDisk();
  const { buffer, clock, metric, output } = await triedChunk(t, disk);
  const batch = batchOf('a', 0, 3, { level: 'delivered', origin });
  buffer.append(batch);
  await output.untilTried(1);
  disk.delete(chunkPath(disk));
  for (let second = 0; second < 10; second += 1) {
    await turns();
    clock.advance(1000);
  }
  assert.equal(batch.delivery.outcome?.ok, false);
  assert.equal(metric('lost_events_total'), 3);
  assert.equal(buffer.stats().queuedChunks, 0);
  output.onWrite = () => {};
  const again = batchOf('a', 0, 3, { level: 'delivered', origin });
  buffer.append(again);
  await buffer.flush();
  assert.deepEqual(await again.delivery.settled, { ok: true });
  assert.deepEqual(output.numbers, [0, 1, 2]);
  await buffer.close();
});

test('chunks in a folder that is gone as a whole are not given up: it may come back', async (t) => {
  const disk = new CrashingDisk();
  const { buffer, clock, metric, output } = await triedChunk(t, disk);
  const batch = batchOf('a', 0, 3, { level: 'delivered' });
  buffer.append(batch);
  await output.untilTried(1);
  const at = chunkPath(disk);
  const kept = Buffer.from(disk.contentOf(at));
  const lock = Buffer.from(disk.contentOf(`${path}/lock`));
  for (const each of [at, `${path}/lock`]) disk.delete(each);
  output.onWrite = () => {};
  for (let second = 0; second < 10; second += 1) {
    await turns();
    clock.advance(1000);
  }
  assert.deepEqual([metric('lost_events_total'), buffer.stats().queuedChunks], [0, 1]);
  disk.put(at, kept);
  disk.put(`${path}/lock`, lock);
  for (let second = 0; second < 10; second += 1) {
    await turns();
    clock.advance(1000);
  }
  assert.deepEqual(await batch.delivery.settled, { ok: true });
  await buffer.close();
});

test('a batch that waits for its delivery is not acked when some of its chunk was damaged', async (t) => {
  const disk = new CrashingDisk();
  const { buffer, clock, metric, output } = await triedChunk(t, disk);
  const batch = batchOf('a', 0, 3, { level: 'delivered' });
  buffer.append(batch);
  await output.untilTried(1);
  const at = chunkPath(disk);
  const bytes = Buffer.from(disk.contentOf(at));
  const frame = bytes.indexOf('MRF1');
  bytes[frame + 5] = (bytes[frame + 5] ?? 0) ^ 1;
  disk.put(at, bytes);
  for (let second = 0; second < 10; second += 1) {
    await turns();
    clock.advance(1000);
  }
  assert.equal(batch.delivery.outcome?.ok, false);
  assert.equal(metric('lost_events_total'), 3);
  assert.equal(metric('quarantined_total'), 1);
  await buffer.close();
});
