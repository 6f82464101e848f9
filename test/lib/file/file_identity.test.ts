import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  checkOf,
  hasHead,
  identityOf,
  isSameFile,
  readCheck,
  readHead,
  readShortHead,
} from '../../../lib/file/file_identity.ts';

function makeFile(context: TestContext, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'identity-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'a.log');
  writeFileSync(path, content);
  return path;
}

test('a file stays the same when it is renamed and written, and is another one beside it', (context) => {
  const path = makeFile(context, 'one\n');
  const before = identityOf(statSync(path, { bigint: true }));
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, 'two\n');
  writeFileSync(path, 'one\n');
  assert(isSameFile(before, identityOf(statSync(`${path}.1`, { bigint: true }))));
  assert(!isSameFile(before, identityOf(statSync(path, { bigint: true }))));
});

test('a head is there once the first line is, and stays as the file grows', (context) => {
  const path = makeFile(context, 'first li');
  const descriptor = openSync(path, 'r');
  assert.equal(readHead(descriptor), undefined);
  appendFileSync(path, 'ne\nsecond');
  const head = readHead(descriptor);
  assert.equal(head?.bytes, 'first line\n'.length);
  appendFileSync(path, ' line\n');
  assert.deepEqual(readHead(descriptor), head);
  assert(head !== undefined && hasHead(descriptor, head));
  writeFileSync(path, 'other line\n');
  assert(!hasHead(descriptor, head));
});

test('the head of a very long first line is its first KiB', (context) => {
  const path = makeFile(context, 'x'.repeat(1023));
  const descriptor = openSync(path, 'r');
  assert.equal(readHead(descriptor), undefined);
  assert.equal(readShortHead(descriptor).bytes, 1023);
  appendFileSync(path, 'xy');
  assert.equal(readHead(descriptor)?.bytes, 1024);
});

test('a check tells the bytes before a place, in memory as in the file', (context) => {
  const content = Array.from({ length: 50 }, (_, line) => `line ${line}\n`).join('');
  const path = makeFile(context, content);
  const descriptor = openSync(path, 'r');
  for (const offset of [0, 5, 64, 65, 300]) {
    assert.equal(readCheck(descriptor, offset), checkOf(Buffer.from(content), offset));
  }
  assert.notEqual(readCheck(descriptor, 70), readCheck(descriptor, 80));
});
