import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import type { FileSystem } from '../../../../lib/buffer/store/file_system.ts';
import { currentHolder, type Holder, lockFolder } from '../../../../lib/buffer/store/lock.ts';
import { listFolder } from '../../../../lib/buffer/store/store_folder.ts';
import type { CrashingDisk } from '../crashing_files.ts';
import { emptyDisk, folder, openStore } from './store_rig.ts';

const path = `${folder}/lock`;

function madeFolder(): { readonly disk: CrashingDisk; readonly files: FileSystem } {
  const disk = emptyDisk();
  const files = disk.process();
  files.makeFolder(folder);
  return { disk, files };
}

function lockOf(holder: Holder): Buffer {
  return Buffer.from(`${JSON.stringify(holder)}\n`);
}

/** A process that has ended. */
function endedHolder(): Holder {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return { ...currentHolder(), pid };
}

test('a folder is locked once, until its lock is released', () => {
  const { disk, files } = madeFolder();
  const lock = lockFolder(files, folder);
  assert.throws(() => lockFolder(files, folder), {
    code: 'MR_BUFFER',
    message: 'the buffer folder `/buffer` is in use by this process already',
  });
  lock.release();
  assert.deepEqual(disk.paths, []);
  lockFolder(files, folder).release();
});

test('a second opener is told which process uses the folder', () => {
  const { disk, files } = madeFolder();
  const other = { ...currentHolder(), pid: process.ppid, start: '', host: 'earth' };
  disk.put(path, lockOf(other));
  assert.throws(() => lockFolder(files, folder), {
    code: 'MR_BUFFER',
    message: `the buffer folder \`/buffer\` is in use by process ${process.ppid} on earth`,
  });
  assert.deepEqual(disk.contentOf(path), lockOf(other));
});

test('the lock of a process that is no more is taken over, whatever is left of it', () => {
  const self = currentHolder();
  const left: Record<string, Buffer> = {
    'a process that was killed': lockOf(endedHolder()),
    'nothing was written yet': Buffer.alloc(0),
    'half was written': lockOf(self).subarray(0, 20),
    'no process': Buffer.from('{"pid":-1}'),
  };
  if (self.boot !== '') left['an earlier boot'] = lockOf({ ...self, boot: 'another' });
  if (self.start !== '') left['a number given anew'] = lockOf({ ...self, start: '1' });
  for (const [what, bytes] of Object.entries(left)) {
    const { disk, files } = madeFolder();
    disk.put(path, bytes);
    lockFolder(files, folder);
    assert.deepEqual(JSON.parse(disk.contentOf(path).toString()), self, what);
    assert.deepEqual(disk.paths, [path], what);
  }
});

test('a lock that somebody else made while a dead one was taken away is put back', () => {
  const { disk, files } = madeFolder();
  const other = { ...currentHolder(), pid: process.ppid, start: '' };
  disk.put(path, lockOf(endedHolder()));
  disk.onCall = ({ name }) => {
    if (name === 'rename') disk.put(path, lockOf(other));
  };
  assert.throws(() => lockFolder(files, folder), /in use by process/);
  assert.deepEqual(disk.contentOf(path), lockOf(other));
});

test('a lock that was taken away before it was written is no lock', () => {
  const { disk, files } = madeFolder();
  const other = { ...currentHolder(), pid: process.ppid, start: '' };
  let isTaken = false;
  disk.onCall = ({ name }) => {
    if (name !== 'write' || isTaken) return;
    isTaken = true;
    disk.delete(path);
    disk.put(path, lockOf(other));
  };
  assert.throws(() => lockFolder(files, folder), /in use by process/);
  assert.deepEqual(disk.contentOf(path), lockOf(other));
});

test('a lock that is being taken from its owner by mistake is not cleared away', () => {
  const { disk, files } = madeFolder();
  disk.put(`${path}.77.tmp`, lockOf(currentHolder()));
  disk.put(`${folder}/origins.tmp`, Buffer.from('half'));
  assert.deepEqual(listFolder(files, folder), []);
  assert.deepEqual(disk.paths, [`${path}.77.tmp`]);
});

test('a store that cannot be opened leaves no lock of its own, and one in use keeps it', async () => {
  const disk = emptyDisk();
  disk.onCall = ({ name, path: at }) => {
    if (name === 'write' && at.includes('store')) throw new Error('no');
  };
  await assert.rejects(openStore(disk), { code: 'MR_BUFFER' });
  assert(!disk.paths.includes(path));
  disk.onCall = () => {};
  const { store } = await openStore(disk);
  await assert.rejects(openStore(disk), /in use by this process already/);
  assert(disk.paths.includes(path));
  await store.close();
  assert(!disk.paths.includes(path));
});
