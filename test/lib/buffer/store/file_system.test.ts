import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { realFiles } from '../../../../lib/buffer/store/file_system.ts';

test('folders are made with those above them, and the uppermost one is told', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'files-'));
  context.after(() => rmSync(folder, { recursive: true }));
  assert.equal(realFiles.makeFolder(join(folder, 'a/b/c')), join(folder, 'a'));
  assert.equal(realFiles.makeFolder(join(folder, 'a/b/c')), undefined);
  assert.equal(realFiles.makeFolder(join(folder, 'a/b/d/')), join(folder, 'a/b/d'));
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => realFiles.makeFolder(join(folder, 'file')), { code: 'EEXIST' });
  assert.throws(() => realFiles.makeFolder(join(folder, 'file/a')), { code: 'ENOTDIR' });
});

test('a folder where there can be none is an error, not a wait without end', {
  skip: existsSync('/proc/self') ? false : 'there is no /proc',
}, () => {
  assert.throws(() => realFiles.makeFolder('/proc/nowhere/at/all'), { code: 'ENOENT' });
});
