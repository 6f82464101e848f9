import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Unrecoverable } from '../../../lib/error.ts';
import { CrashingDisk } from './crashing_files.ts';
import { type FileCall, faultyFiles, systemError } from './faulty_files.ts';
import { batchOf, openRig, planOf, temporaryFolder } from './rig.ts';

const path = '/buffer';

/** How a call looks in a list, chunks by their counters. */
function shown({ name, path: at }: FileCall): string {
  return `${name} ${at.replace(/.*\/[0-9a-f]{12}0000000(\d)[0-9a-f]{12}/, '$1')}`;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise(setImmediate);
}

test('an ack comes after the sync of the file and, for a new file, of the folder', async (t) => {
  const disk = new CrashingDisk();
  const { buffer } = await openRig(t, planOf({ path }), {
    files: disk.process(),
    deadLetterFolder: '/dead',
  });
  const steps: string[] = [];
  disk.onCall = (call) => void steps.push(shown(call));
  for (const [n, tag] of ['a', 'b', 'a', 'b'].entries()) {
    const batch = batchOf(tag, n, n + 1);
    batch.delivery.onSettled(() => void steps.push(`ack ${n}`));
    buffer.append(batch);
    if (n === 1) await batch.delivery.settled;
  }
  await turns();
  assert.deepEqual(steps, [
    ...['open 0.staged', 'write 0.staged', 'open 1.staged', 'write 1.staged'],
    ...['sync 0.staged', 'sync 1.staged', 'syncFolder /buffer', 'ack 0', 'ack 1'],
    ...['write 0.staged', 'write 1.staged', 'sync 0.staged', 'sync 1.staged', 'ack 2', 'ack 3'],
  ]);
  await buffer.close();
});

test('a chunk is delivered once its new name is safe', async (t) => {
  const disk = new CrashingDisk();
  const { buffer, output } = await openRig(t, planOf({ path, flushMode: 'immediate' }), {
    files: disk.process(),
    deadLetterFolder: '/dead',
  });
  const steps: string[] = [];
  disk.onCall = (call) => void steps.push(shown(call));
  output.onWrite = () => void steps.push('delivered');
  buffer.start();
  buffer.append(batchOf('a', 0, 1));
  await buffer.flush();
  const renamed = steps.indexOf('rename 0.staged');
  assert.deepEqual(steps.slice(renamed, steps.indexOf('delivered') + 1), [
    ...['rename 0.staged', 'syncFolder /buffer', 'open 0.queued', 'readNow 0.queued'],
    ...['close 0.queued', 'delivered'],
  ]);
  await buffer.close();
});

test('a chunk whose new name cannot be made safe waits, and is delivered when it can', async (t) => {
  for (const fault of ['rename', 'syncFolder'] as const) {
    const disk = new CrashingDisk();
    const { buffer, output, clock } = await openRig(t, planOf({ path, retryWait: '1s' }), {
      files: disk.process(),
      deadLetterFolder: '/dead',
    });
    buffer.start();
    const batch = batchOf('a', 0, 1);
    buffer.append(batch);
    await batch.delivery.settled;
    let isFaulty = true;
    disk.onCall = ({ name }) => {
      if (isFaulty && name === fault) throw systemError('EIO');
    };
    const flushed = buffer.flush();
    await turns();
    assert.deepEqual(output.tried, [], fault);
    isFaulty = false;
    clock.advance(1000);
    await flushed;
    assert.deepEqual(output.numbers, [0]);
    await buffer.close();
  }
});

test('durability os acks once a frame is written, and syncs nothing', async (t) => {
  const disk = new CrashingDisk();
  const { buffer } = await openRig(t, planOf({ path, durability: 'os' }), {
    files: disk.process(),
    deadLetterFolder: '/dead',
  });
  const names: string[] = [];
  disk.onCall = ({ name }) => void names.push(name);
  const batch = batchOf('a', 0, 1);
  buffer.append(batch);
  assert.deepEqual(batch.delivery.outcome, { ok: true });
  await turns();
  assert.deepEqual(names, ['open', 'write']);
  await buffer.close();
});

test('frames that a sync loses are stored in another chunk before they are acked', async (t) => {
  const folder = temporaryFolder(t);
  let faults = 0;
  const files = faultyFiles(({ name, path: at }) => {
    if (name !== 'sync' || !at.endsWith('.staged') || faults === 0) return;
    faults -= 1;
    throw systemError('EIO');
  });
  const { buffer, output, metric } = await openRig(t, planOf({ path: folder }), { files });
  const safe = batchOf('a', 0, 1);
  buffer.append(safe);
  await safe.delivery.settled;
  faults = 1;
  const moved = batchOf('a', 1, 2);
  buffer.append(moved);
  assert.deepEqual(await moved.delivery.settled, { ok: true });
  assert.equal(metric('cut_back_frames_total'), 1);
  assert.equal(readdirSync(folder).filter((name) => name.endsWith('.queued')).length, 1);
  // The sync of the chunk, of what is left of it, and of the chunk that has it next.
  faults = 3;
  const lost = batchOf('a', 2, 3);
  buffer.append(lost);
  assert.equal((await lost.delivery.settled).ok, false, 'twice is too often');
  buffer.start();
  await buffer.flush();
  assert.deepEqual(output.numbers, [0, 1]);
  await buffer.close();
});

test('what a failed sync took out of a chunk does not come back after a power cut', async (t) => {
  const disk = new CrashingDisk(512, () => true);
  const setup = { deadLetterFolder: '/dead' };
  const first = await openRig(t, planOf({ path }), { files: disk.process(), ...setup });
  const safe = batchOf('a', 0, 1);
  first.buffer.append(safe);
  await safe.delivery.settled;
  let faults = 1;
  disk.onCall = ({ name }) => {
    if (name === 'sync' && faults-- > 0) throw systemError('EIO');
  };
  const moved = batchOf('a', 1, 2);
  first.buffer.append(moved);
  assert.deepEqual(await moved.delivery.settled, { ok: true });
  // All of it had reached the disk, and nothing reaches it now that is not safe: not the shorter length either.
  disk.cutPower(() => false);
  disk.delete(`${path}/lock`);
  const second = await openRig(t, planOf({ path }), { files: disk.process(), ...setup });
  second.buffer.start();
  await second.buffer.flush();
  assert.deepEqual(second.output.numbers, [0, 1]);
  await second.buffer.close();
});

test('a batch in a chunk that was dropped is told when its sync fails', async (t) => {
  const disk = new CrashingDisk();
  const plan = planOf({ path, totalLimitSize: 100, overflowAction: 'drop_oldest_chunk' });
  const { buffer } = await openRig(t, plan, { files: disk.process(), deadLetterFolder: '/dead' });
  let isFaulty = true;
  disk.onCall = ({ name }) => {
    if (isFaulty && name === 'sync') throw systemError('EIO');
    if (name === 'sync') isFaulty = false;
  };
  const origin = { source: 'log', epoch: 1, begin: 0, end: 10, low: 0 };
  const dropped = batchOf('a', 0, 10, { origin });
  buffer.append(dropped);
  buffer.append(batchOf('b', 10, 20));
  await turns();
  assert.equal(dropped.delivery.outcome?.ok, false);
  isFaulty = false;
  const again = batchOf('a', 0, 10, { origin });
  buffer.append(again);
  assert.equal(buffer.stats().stagedChunks, 1, 'it is stored anew');
  assert.deepEqual(await again.delivery.settled, { ok: true });
  await buffer.close();
});

test('whatever step of storing the disk refuses, nothing is acked that is not stored', async (t) => {
  for (const fault of ['open', 'write', 'sync', 'syncFolder'] as const) {
    for (const code of ['ENOSPC', 'EIO', 'EMFILE']) {
      const disk = new CrashingDisk();
      const plan = planOf({ path });
      const setup = { deadLetterFolder: '/dead' };
      const first = await openRig(t, plan, { files: disk.process(), ...setup });
      let isFaulty = true;
      disk.onCall = ({ name }) => {
        if (isFaulty && name === fault) throw systemError(code);
      };
      const refused = batchOf('a', 0, 2);
      first.buffer.append(refused);
      assert.equal((await refused.delivery.settled).ok, false, `${fault} ${code}`);
      isFaulty = false;
      const taken = batchOf('a', 2, 4);
      first.buffer.append(taken);
      assert.deepEqual(await taken.delivery.settled, { ok: true }, `${fault} ${code}`);
      disk.cutPower(() => false);
      disk.delete(`${path}/lock`);
      const second = await openRig(t, plan, { files: disk.process(), ...setup });
      second.buffer.start();
      await second.buffer.flush();
      assert.deepEqual(second.output.numbers, [2, 3], `${fault} ${code}`);
      await second.buffer.close();
    }
  }
});

test('a dead letter survives a power cut, its folder too', async (t) => {
  const disk = new CrashingDisk();
  const { buffer, output } = await openRig(t, planOf({ path }), {
    files: disk.process(),
    deadLetterFolder: join(path, 'dead_letter'),
  });
  output.onWrite = () => {
    throw new Unrecoverable('never');
  };
  buffer.start();
  buffer.append(batchOf('a', 0, 1));
  await buffer.flush();
  disk.cutPower(() => false);
  assert.equal(disk.paths.filter((each) => each.includes('dead_letter')).length, 2);
});
