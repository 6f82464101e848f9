import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { decodeEntries } from '../../../lib/codec/entry_codec.ts';
import { PartialFailure, Unrecoverable } from '../../../lib/error.ts';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { batchOf, openRig, planOf, Recorder, type Rig, temporaryFolder } from './rig.ts';

const immediate = { flushMode: 'immediate', retryRandomize: false } as const;

/** Resolves when the buffer has nothing left to do at once. */
async function settle(rig: Rig, queuedChunks: number): Promise<void> {
  while (rig.buffer.stats().queuedChunks !== queuedChunks) await new Promise(setImmediate);
}

test('a chunk that fails is tried again later, and holds up none of its neighbours', async (t) => {
  const rig = await openRig(t, planOf({ ...immediate, retryWait: '4s' }));
  const { buffer, output, clock, receipts } = rig;
  output.onWrite = ({ tag, attempts }) => {
    if (tag === 'bad' && attempts < 2) throw new Error('not now');
  };
  buffer.start();
  buffer.append(batchOf('bad', 0, 1));
  buffer.append(batchOf('good', 1, 2));
  buffer.append(batchOf('good', 2, 3));
  await output.untilWritten(2);
  assert.deepEqual(output.numbers, [1, 2]);
  await settle(rig, 1);
  clock.advance(4000);
  await output.untilTried(4);
  await new Promise(setImmediate);
  clock.advance(7999);
  await new Promise(setImmediate);
  assert.equal(output.tried.length, 4);
  clock.advance(1);
  await output.untilWritten(3);
  await settle(rig, 0);
  assert.deepEqual(
    receipts.map(({ tag, attempts }) => [tag, attempts]),
    [
      ['good', 1],
      ['good', 1],
      ['bad', 3],
    ],
  );
  assert.equal(new Set(output.tried.filter((id) => id === output.written[2]?.id)).size, 1);
  await buffer.close();
});

test('when one chunk after another fails, the queue pauses instead of hammering on', async (t) => {
  const { buffer, output, clock } = await openRig(t, planOf({ ...immediate, retryWait: '1s' }));
  output.onWrite = () => {
    throw new Error('down');
  };
  buffer.start();
  for (let n = 0; n < 50; n += 1) buffer.append(batchOf('a', n, n + 1));
  await output.untilTried(3);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  assert.equal(output.tried.length, 3);
  output.onWrite = () => {};
  clock.advance(1000);
  await output.untilWritten(50);
  assert.equal(new Set(output.numbers).size, 50);
  await buffer.close();
});

test('a chunk whose retries are used up becomes a dead letter that a person can read', async (t) => {
  const rig = await openRig(t, planOf({ ...immediate, retryMaxTimes: 2 }));
  const { buffer, output, clock, deadLetterFolder, metric } = rig;
  output.onWrite = () => {
    throw new Error('the server is on fire');
  };
  buffer.start();
  const time = new EventTime(1_709_610_300, 7);
  const record = { n: 1, big: 12345678901234567890n, raw: new RawString(new Uint8Array([0xff])) };
  const batch = entriesBatch('app.web', [{ time, record }]);
  buffer.append(batch);
  for (const waitMs of [1000, 2000]) {
    await settle(rig, 1);
    await output.untilTried(waitMs / 1000);
    await new Promise(setImmediate);
    clock.advance(waitMs);
  }
  await settle(rig, 0);
  assert.equal(output.tried.length, 3);
  const id = output.tried[0] ?? '';
  assert.deepEqual(readdirSync(deadLetterFolder).sort(), [`${id}.jsonl`, `${id}.reason.json`]);
  const line = readFileSync(join(deadLetterFolder, `${id}.jsonl`), 'utf8');
  assert.match(
    line,
    /^{"time":"2024-03-05T03:45:00.000000007Z","tag":"app.web","record":{"n":1,"big":12345678901234567890,/,
  );
  const packed = /"packed":"(.*)"}\n$/.exec(line)?.[1] ?? '';
  assert.deepEqual(decodeEntries(Buffer.from(packed, 'base64')), [{ time, record }]);
  const reason = JSON.parse(readFileSync(join(deadLetterFolder, `${id}.reason.json`), 'utf8'));
  assert.equal(reason.outputId, 'out');
  assert.equal(reason.chunkId, id);
  assert.equal(reason.reason, 'the server is on fire');
  assert.equal(reason.attempts, 3);
  assert.equal(reason.count, 1);
  assert.equal(metric('dead_letter_events_total'), 1);
  await buffer.close();
});

test('an unrecoverable chunk becomes a dead letter at once', async (t) => {
  const rig = await openRig(t, planOf(immediate));
  rig.output.onWrite = () => {
    throw new Unrecoverable('no such index');
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 3));
  await rig.output.untilTried(1);
  await settle(rig, 0);
  assert.equal(rig.metric('dead_letter_events_total'), 3);
  assert.equal(rig.output.tried.length, 1);
  await rig.buffer.close();
});

test('disable_chunk_backup throws undeliverable chunks away, and counts them', async (t) => {
  const rig = await openRig(t, planOf({ ...immediate, disableChunkBackup: true }));
  rig.output.onWrite = () => {
    throw new Unrecoverable('no');
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 3));
  await rig.output.untilTried(1);
  await settle(rig, 0);
  assert.deepEqual(readdirSync(rig.deadLetterFolder), []);
  assert.equal(rig.metric('discarded_events_total'), 3);
  await rig.buffer.close();
});

test('of a partial failure only the refused entries become dead letters, each with its reason', async (t) => {
  const rig = await openRig(t, planOf(immediate));
  rig.output.onWrite = () => {
    throw new PartialFailure([
      { index: 1, reason: 'wrong type' },
      { index: 3, reason: 'too old' },
    ]);
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 5));
  await settle(rig, 0);
  const id = rig.output.tried[0] ?? '';
  const lines = readFileSync(join(rig.deadLetterFolder, `${id}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ record, reason }) => [record.n, reason]),
    [
      [1, 'wrong type'],
      [3, 'too old'],
    ],
  );
  assert.deepEqual(
    rig.receipts.map(({ count }) => count),
    [3],
  );
  await rig.buffer.close();
});

test('formatted chunks keep as dead letters the lines that were refused', async (t) => {
  const output = new Recorder();
  const formatting = Object.assign(output, {
    format: ({ record }: { record: object }) => `${JSON.stringify(record)}\n`,
  });
  const rig = await openRig(t, planOf(immediate), { output: formatting });
  output.onWrite = ({ text, isFormatted }) => {
    assert(isFormatted);
    assert.equal(text, '{"n":0}\n{"n":1}\n{"n":2}\n');
    throw new PartialFailure([{ index: 2, reason: 'no' }]);
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 3));
  await output.untilTried(1);
  await settle(rig, 0);
  const id = output.tried[0] ?? '';
  assert.equal(readFileSync(join(rig.deadLetterFolder, `${id}.txt`), 'utf8'), '{"n":2}\n');
  await rig.buffer.close();
});

test('late in the retries the secondary gets the chunk, in its own form', async (t) => {
  const output = Object.assign(new Recorder(), { format: () => 'primary\n' });
  const secondary = new Recorder();
  const rig = await openRig(t, planOf({ ...immediate, retryTimeout: '100s' }), {
    output,
    secondary,
  });
  output.onWrite = ({ text }) => {
    assert.equal(text, 'primary\nprimary\n');
    throw new Error('down');
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 2));
  for (const [index, waitMs] of [1, 2, 4, 8, 16, 32, 17].entries()) {
    await output.untilTried(index + 1);
    await new Promise(setImmediate);
    assert.equal(secondary.tried.length, 0);
    rig.clock.advance(waitMs * 1000);
  }
  await secondary.untilWritten(1);
  assert.deepEqual(secondary.numbers, [0, 1]);
  assert.equal(output.tried.length, 7);
  await rig.buffer.close();
});

test('before a destination that is away, the first chunks of a long queue reach the secondary in time', async (t) => {
  const secondary = new Recorder();
  const plan = planOf({ ...immediate, retryWait: '1s', retryMaxTimes: 2 });
  const { buffer, output, clock } = await openRig(t, plan, { secondary });
  output.onWrite = () => {
    throw new Error('down');
  };
  buffer.start();
  for (let n = 0; n < 100; n += 1) buffer.append(batchOf('a', n, n + 1));
  for (let second = 0; second < 30; second += 1) {
    clock.advance(1000);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  }
  assert(secondary.written.length >= 3, `${secondary.written.length} chunks`);
  await buffer.close({ deadlineMs: 0 });
});

test('an unrecoverable chunk goes to the secondary, and dies when that cannot take it either', async (t) => {
  const secondary = new Recorder();
  const rig = await openRig(t, planOf(immediate), { secondary });
  rig.output.onWrite = () => {
    throw new Unrecoverable('never');
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 2));
  await secondary.untilWritten(1);
  secondary.onWrite = () => {
    throw new Unrecoverable('neither');
  };
  rig.buffer.append(batchOf('a', 2, 3));
  await secondary.untilTried(2);
  await settle(rig, 0);
  assert.equal(rig.metric('dead_letter_events_total'), 1);
  await rig.buffer.close();
});

test('an output that cannot be opened is opened again for the next attempt', async (t) => {
  let opened = 0;
  const output = Object.assign(new Recorder(), {
    open: async () => {
      opened += 1;
      if (opened === 1) throw new Error('not yet');
    },
  });
  const rig = await openRig(t, planOf(immediate), { output });
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 1));
  while ((rig.metric('flush_failures_total') ?? 0) < 1) await new Promise(setImmediate);
  assert.deepEqual(output.tried, []);
  rig.clock.advance(1000);
  await output.untilWritten(1);
  rig.buffer.append(batchOf('a', 1, 2));
  await output.untilWritten(2);
  assert.equal(opened, 2);
  await rig.buffer.close();
});

test('a dead letter that cannot be written keeps its chunk until it can', async (t) => {
  const folder = join(temporaryFolder(t), 'file');
  const rig = await openRig(t, planOf(immediate), { deadLetterFolder: join(folder, 'letters') });
  const { writeFileSync, rmSync } = await import('node:fs');
  writeFileSync(folder, 'in the way');
  rig.output.onWrite = () => {
    throw new Unrecoverable('no');
  };
  rig.buffer.start();
  rig.buffer.append(batchOf('a', 0, 1));
  await rig.output.untilTried(1);
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  assert.equal(rig.buffer.stats().queuedChunks, 1);
  rmSync(folder);
  rig.clock.advance(30_000);
  await settle(rig, 0);
  assert.equal(rig.output.tried.length, 1);
  assert.equal(rig.metric('dead_letter_events_total'), 1);
  await rig.buffer.close();
});
