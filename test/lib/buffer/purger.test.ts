import assert from 'node:assert/strict';
import test from 'node:test';
import { CrashingDisk } from './crashing_files.ts';
import { type FileCall, systemError } from './faulty_files.ts';
import { batchOf, openRig, planOf, Recorder } from './rig.ts';

const plan = planOf({ path: '/buffer', flushMode: 'immediate' });

function originOf(begin: number, end: number) {
  return { source: 'log', epoch: 1, begin, end, low: 0 };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise(setImmediate);
}

test('what a chunk tells of origins is safe before the chunk is deleted', async (t) => {
  const disk = new CrashingDisk();
  const calls: FileCall[] = [];
  const rig = await openRig(t, plan, { files: disk.process(), deadLetterFolder: '/dead' });
  disk.onCall = (call) => void calls.push(call);
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 3, { origin: originOf(0, 3) }));
  await rig.buffer.flush();
  const steps = calls.map(({ name, path }) => `${name} ${path.replace(/.*\//, '').slice(-7)}`);
  const end = steps.slice(steps.lastIndexOf('write ins.tmp'));
  assert.deepEqual(end, [
    'write ins.tmp',
    'sync ins.tmp',
    'close ins.tmp',
    'rename ins.tmp',
    'syncFolder buffer',
    'remove .queued',
  ]);
  await rig.buffer.close();
});

test('chunks that cannot be deleted are tried again, and held up by nothing else', async (t) => {
  const disk = new CrashingDisk();
  const rig = await openRig(t, plan, { files: disk.process(), deadLetterFolder: '/dead' });
  let isStuck = true;
  disk.onCall = ({ name }) => {
    if (isStuck && name === 'remove') throw systemError('EIO');
  };
  rig.buffer.start();
  const batch = batchOf('a', 0, 1, { level: 'delivered' });
  rig.buffer.append(batch);
  await rig.output.untilWritten(1);
  await turns();
  assert.equal(rig.buffer.stats().queuedChunks, 1);
  assert.equal(batch.delivery.outcome, undefined);
  isStuck = false;
  rig.clock.advance(1000);
  await turns();
  assert.equal(rig.buffer.stats().queuedChunks, 0);
  assert.deepEqual(batch.delivery.outcome, { ok: true });
  assert.equal(rig.output.written.length, 1);
  await rig.buffer.close();
});

test('a disk that the buffer itself has filled is emptied by deliveries', async (t) => {
  const disk = new CrashingDisk();
  const rig = await openRig(t, plan, { files: disk.process(), deadLetterFolder: '/dead' });
  for (const n of [0, 1, 2]) {
    rig.buffer.append(batchOf('a', n, n + 1, { origin: originOf(n, n + 1) }));
  }
  await turns();
  let isFull = true;
  disk.onCall = ({ name }) => {
    if (name === 'remove') isFull = false;
    if (isFull && name === 'write') throw systemError('ENOSPC');
  };
  rig.buffer.start();
  await rig.buffer.flush();
  assert.deepEqual(rig.output.numbers, [0, 1, 2]);
  assert.equal(rig.metric('origin_snapshots_total'), 1);
  await rig.buffer.close();
  const again = batchOf('a', 0, 3, { origin: originOf(0, 3) });
  const next = await openRig(t, plan, { files: disk.process(), deadLetterFolder: '/dead' });
  next.buffer.append(again);
  assert.deepEqual(await again.delivery.settled, { ok: true });
  assert.equal(next.buffer.stats().stagedChunks, 0, 'the snapshot that was late tells all');
  await next.buffer.close();
});

test('a receipt that cannot be handed on does not keep its chunk', async (t) => {
  const output = new Recorder();
  const rig = await openRig(t, planOf({ flushMode: 'immediate' }), {
    output,
    onReceipt: () => {
      throw new Error('nobody there');
    },
  });
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 1));
  await rig.buffer.flush();
  assert.equal(rig.buffer.stats().queuedChunks, 0);
  await rig.buffer.close();
});
