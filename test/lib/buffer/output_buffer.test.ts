import assert from 'node:assert/strict';
import test from 'node:test';
import { batchOf, openRig, planOf, temporaryFolder } from './rig.ts';

for (const kind of ['memory', 'file'] as const) {
  test(`a ${kind} buffer delivers what was appended, by tag and in order`, async (t) => {
    const path = kind === 'file' ? temporaryFolder(t) : undefined;
    const { buffer, output, receipts } = await openRig(t, planOf({ path }));
    buffer.start();
    const batches = [batchOf('a', 0, 3), batchOf('b', 3, 5), batchOf('a', 5, 6)];
    for (const batch of batches) assert.equal(buffer.append(batch), undefined);
    for (const batch of batches) assert.deepEqual(await batch.delivery.settled, { ok: true });
    await buffer.flush();
    assert.deepEqual(
      output.written.map(({ tag, entries }) => [tag, entries.map(({ record }) => record['n'])]),
      [
        ['a', [0, 1, 2, 5]],
        ['b', [3, 4]],
      ],
    );
    assert.deepEqual(
      receipts.map(({ tag, count, attempts }) => [tag, count, attempts]),
      [
        ['a', 4, 1],
        ['b', 2, 1],
      ],
    );
    assert.deepEqual(buffer.stats(), {
      stagedChunks: 0,
      stagedBytes: 0,
      queuedChunks: 0,
      queuedBytes: 0,
      waitingBatches: 0,
    });
    await buffer.close();
  });
}

test('what a file buffer holds when it ends is delivered by the next one', async (t) => {
  const path = temporaryFolder(t);
  const first = await openRig(t, planOf({ path }));
  const batch = batchOf('a', 0, 10);
  first.buffer.append(batch);
  await batch.delivery.settled;
  await first.buffer.close();
  assert.deepEqual(first.output.written, []);
  const second = await openRig(t, planOf({ path }));
  second.buffer.start();
  await second.buffer.flush();
  assert.deepEqual(second.output.numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await second.buffer.close();
});
