import assert from 'node:assert/strict';
import test from 'node:test';
import { counterLimit, parseChunkId } from '../../../../lib/buffer/store/chunk_id.ts';
import { beginEpoch } from '../../../../lib/buffer/store/identity.ts';
import { systemError } from '../faulty_files.ts';
import { begin, emptyDisk, folder, openStore } from './store_rig.ts';

function begun(chunkIds: readonly string[], nowMs: number, stored?: string) {
  const disk = emptyDisk();
  const files = disk.process();
  files.makeFolder(folder);
  if (stored !== undefined) disk.put(`${folder}/store`, Buffer.from(stored));
  return beginEpoch(files, folder, chunkIds, nowMs, () => 0.999);
}

test('a new store draws its id, and its first epoch is the time', async () => {
  assert.deepEqual(await begun([], 5000.7), { store: 'ffffffffffff', epoch: 5000 });
});

test('an epoch is later than all before, even when the clock was set back', async () => {
  const stored = '{"store":"0123456789ab","epoch":9000}';
  assert.deepEqual(await begun([], 5000, stored), { store: '0123456789ab', epoch: 9001 });
  assert.deepEqual(await begun([], 9500, stored), { store: '0123456789ab', epoch: 9500 });
});

test('chunks tell the identity of a store whose file is lost, damaged or old', async () => {
  const id = `${(7000).toString(16).padStart(12, '0')}000000050123456789ab`;
  const foreign = `${(8000).toString(16).padStart(12, '0')}00000005bbbbbbbbbbbb`;
  const expected = { store: '0123456789ab', epoch: 7001 };
  assert.deepEqual(await begun(['', id], 5000), expected);
  assert.deepEqual(await begun([id], 5000, '{"store":'), expected);
  const stored = '{"store":"0123456789ab","epoch":6000}';
  assert.deepEqual(await begun([foreign, id], 5000, stored), expected);
});

test('an epoch that was begun survives a power cut', async () => {
  const disk = emptyDisk();
  const files = disk.process();
  files.makeFolder(folder);
  await files.syncFolder('/');
  const first = await beginEpoch(files, folder, [], 5000, () => 0);
  disk.cutPower(() => false);
  const second = await beginEpoch(disk.process(), folder, [], 5000, () => 0.9);
  assert.equal(second.store, first.store);
  assert(second.epoch > first.epoch);
});

test('an epoch begins on a full disk too, in place of the last one or in no file at all', async () => {
  const disk = emptyDisk();
  const files = disk.process();
  files.makeFolder(folder);
  disk.onCall = ({ name, path }) => {
    if (name === 'write' && path.endsWith('.tmp')) throw systemError('ENOSPC');
  };
  const beginOne = () => beginEpoch(files, folder, [], 5000, () => 0.999);
  assert.deepEqual(await beginOne(), { store: 'ffffffffffff', epoch: 5000 });
  assert.deepEqual(disk.paths, []);
  disk.put(`${folder}/store`, Buffer.from('{"store":"0123456789ab","epoch":9000}\n'));
  assert.deepEqual(await beginOne(), { store: '0123456789ab', epoch: 9001 });
  assert.equal((await beginOne()).epoch > 9001, true);
  assert.deepEqual(disk.paths, [`${folder}/store`]);
});

test('an epoch that no clock gave, in a file or in the name of one, does not use up the numbers', async () => {
  const stored = `{"store":"0123456789ab","epoch":${2 ** 50}}`;
  assert.deepEqual(await begun([], 5000, stored), { store: 'ffffffffffff', epoch: 5000 });
  const odd = `${'f'.repeat(20)}0123456789ab`;
  assert.deepEqual(await begun([odd], 5000), { store: 'ffffffffffff', epoch: 5000 });
});

test('when the numbers of an epoch are used up the next one goes on, and no later start repeats it', async () => {
  const disk = emptyDisk();
  const first = await openStore(disk, { begun: counterLimit - 1 });
  const ids = [begin(first.store), begin(first.store)].map(({ id }) => parseChunkId(id));
  const [last, next] = ids;
  assert(last !== undefined && next !== undefined);
  assert.deepEqual([last.counter, next.counter], [counterLimit - 1, 0]);
  assert.equal(next.epoch, last.epoch + 1);
  await first.store.close();
  const second = await openStore(disk);
  const epoch = parseChunkId(begin(second.store).id)?.epoch ?? 0;
  assert(epoch > next.epoch);
});
