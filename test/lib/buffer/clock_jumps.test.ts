import assert from 'node:assert/strict';
import test from 'node:test';
import { delay } from '../../../lib/clock.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { CrashingDisk } from './crashing_files.ts';
import { batchOf, openRig, planOf } from './rig.ts';

const path = '/buffer';
const dayMs = 24 * 3600 * 1000;
const hourMs = 3600 * 1000;

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise(setImmediate);
}

test('a clock that jumps a day or an hour, at any time and over restarts, loses and reorders nothing', async (t) => {
  for (const jumpMs of [dayMs, -dayMs, hourMs, -hourMs]) {
    const disk = new CrashingDisk();
    const plan = planOf({ path, flushInterval: '10s', flushThreadCount: 1, chunkLimitRecords: 3 });
    const numbers: unknown[] = [];
    const ids: string[] = [];
    let wallMs = 1_700_000_000_000;
    let n = 0;
    for (let life = 0; life < 4; life += 1) {
      const clock = new TestClock({ sec: wallMs / 1000, nsec: 0 });
      const setup = { files: disk.process(), deadLetterFolder: '/dead', clock };
      const { buffer, output } = await openRig(t, plan, setup);
      buffer.start();
      for (let step = 0; step < 6; step += 1) {
        const batch = batchOf('a', n, n + 2);
        n += 2;
        buffer.append(batch);
        assert.deepEqual(await batch.delivery.settled, { ok: true });
        if (step === life || step === 4) clock.jump(step === 4 ? -jumpMs : jumpMs * 2);
        clock.advance(4000);
        await turns();
      }
      clock.advance(31_000);
      await turns();
      assert.equal(buffer.stats().stagedChunks, 0, 'what is due is sealed whatever the clock says');
      const last = batchOf('a', n, n + 1);
      n += 1;
      buffer.append(last);
      await last.delivery.settled;
      numbers.push(...output.numbers);
      ids.push(...output.written.map(({ id }) => id));
      // The last one stays for the next life.
      disk.kill();
      disk.delete(`${path}/lock`);
      wallMs += jumpMs;
    }
    const { buffer, output } = await openRig(t, plan, {
      files: disk.process(),
      deadLetterFolder: '/dead',
    });
    buffer.start();
    await buffer.flush();
    numbers.push(...output.numbers);
    ids.push(...output.written.map(({ id }) => id));
    const expected = Array.from({ length: n }, (_, index) => index);
    assert.deepEqual(numbers, expected, `${jumpMs} ms`);
    assert.deepEqual(ids, [...ids].sort(), 'the order of ids is that of the chunks');
    assert.equal(new Set(ids).size, ids.length);
    await buffer.close();
  }
});

test('events come into the slice of their own time, whatever the clock says', async (t) => {
  const options = { timekey: '1h', timekeyWait: '1m', timekeyUseUtc: true };
  const { buffer, clock, output } = await openRig(t, planOf(options, ['tag', 'time']));
  buffer.start();
  const batch = batchOf('a', 0, 2);
  buffer.append(batch);
  clock.jump(-dayMs);
  clock.advance(2 * hourMs);
  await turns();
  assert.equal(output.written.length, 0, 'its hour is not over');
  clock.jump(dayMs);
  clock.advance(30_000);
  await turns();
  assert.deepEqual(output.numbers, [0, 1]);
  buffer.append(batchOf('a', 2, 4));
  await buffer.flush();
  assert.deepEqual(output.numbers, [0, 1, 2, 3]);
  await buffer.close();
});

test('a disk that takes 5 s for a sync delays acks, groups what comes meanwhile, and loses nothing', async (t) => {
  const disk = new CrashingDisk();
  const clock = new TestClock();
  const fast = disk.process();
  let syncs = 0;
  const files = {
    ...fast,
    async sync(file: number): Promise<void> {
      syncs += 1;
      await delay(clock, syncs > 1 ? 5000 : 0);
      await fast.sync(file);
    },
  };
  const opening = openRig(t, planOf({ path }), { files, deadLetterFolder: '/dead', clock });
  await clock.pass(0);
  const { buffer, metric } = await opening;
  const batches = Array.from({ length: 10 }, (_, n) => batchOf('a', n, n + 1));
  buffer.append(batches[0] ?? batchOf('a', 0, 1));
  await clock.pass(1000);
  for (const each of batches.slice(1)) buffer.append(each);
  await clock.pass(3000);
  assert(batches.every(({ delivery }) => delivery.outcome === undefined));
  await clock.pass(2000);
  assert.deepEqual(batches.map(({ delivery }) => delivery.outcome?.ok === true).indexOf(false), 1);
  await clock.pass(5000);
  assert(batches.every(({ delivery }) => delivery.outcome?.ok === true));
  assert.equal(metric('commits_total'), 2);
  assert.equal(metric('last_commit_seconds'), 5);
  disk.cutPower(() => false);
  disk.delete(`${path}/lock`);
  const second = await openRig(t, planOf({ path }), {
    files: disk.process(),
    deadLetterFolder: '/dead',
  });
  second.buffer.start();
  await second.buffer.flush();
  assert.deepEqual(second.output.numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await second.buffer.close();
});
