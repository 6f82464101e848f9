import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { findBufferFolders } from '../../../../lib/buffer/survey/find_folders.ts';

function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'millrace-find-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const identity = '{"store":"0123456789ab","epoch":1700000000000}\n';
const chunkName = `${'1'.repeat(32)}.queued`;

test('a folder is a buffer when it has chunks, or the identity of a store', (t) => {
  const root = folderOf(t, {
    [`a/${chunkName}`]: '',
    'b/store': identity,
    'c/store': 'apples and pears',
    'd/notes.txt': '',
  });
  assert.deepEqual(findBufferFolders(join(root, 'a')), [join(root, 'a')]);
  assert.deepEqual(findBufferFolders(join(root, 'b')), [join(root, 'b')]);
  assert.deepEqual(findBufferFolders(join(root, 'c')), []);
  assert.deepEqual(findBufferFolders(join(root, 'd')), []);
});

test('buffers below a folder are found, and what belongs to one is no other', (t) => {
  const root = folderOf(t, {
    'worker0/two/buffer/store': identity,
    [`worker0/one/buffer/${chunkName}`]: '',
    [`worker0/one/buffer/quarantine/${chunkName}`]: '',
    'worker0/one/dead_letter/x.jsonl': '',
  });
  const expected = ['one', 'two'].map((id) => join(root, 'worker0', id, 'buffer'));
  assert.deepEqual(findBufferFolders(root), expected);
});

test('the quarantine of a buffer is found when it is named, and no other folder of that name', (t) => {
  const root = folderOf(t, { 'a/store': identity, 'a/quarantine/x.bytes': '', 'quarantine/b': '' });
  const quarantine = join(root, 'a/quarantine');
  assert.deepEqual(findBufferFolders(quarantine), [quarantine]);
  assert.deepEqual(findBufferFolders(join(root, 'a')), [join(root, 'a')]);
  assert.deepEqual(findBufferFolders(join(root, 'quarantine')), []);
});

test('a path that is not there is an error', () => {
  assert.throws(() => findBufferFolders('/nowhere/at/all'), { code: 'ENOENT' });
});
