import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import test from 'node:test';
import { usersOf } from '../../../../lib/buffer/fluentd/file_users.ts';
import { temporaryFolder } from '../rig.ts';
import { writeChunk } from './fluentd_files.ts';

const isLinux = process.platform === 'linux';

test('a process that has a file open is named; files that nobody has open have no users', {
  skip: !isLinux,
}, async (t) => {
  const folder = temporaryFolder(t);
  const [one = '', other = ''] = [1, 2].map((number) => writeChunk(folder, number));
  const file = openSync(one, 'r');
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("up")'], {
    stdio: ['pipe', 'pipe', 'ignore', file],
  });
  t.after(() => child.kill());
  closeSync(file);
  await once(child.stdout ?? child, 'data');
  assert.deepEqual(usersOf([other]), []);
  const users = usersOf([other, one]);
  assert.deepEqual(
    users.map(({ pid }) => pid),
    [child.pid],
  );
  assert.notEqual(users[0]?.name, '');
});

test('files that this process has open itself do not count', (t) => {
  const path = writeChunk(temporaryFolder(t), 1);
  const file = openSync(path, 'r');
  t.after(() => closeSync(file));
  assert.deepEqual(usersOf([path, '/nowhere/at/all']), []);
});
