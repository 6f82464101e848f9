import assert from 'node:assert/strict';
import test from 'node:test';
import { holdSame } from '../../../../lib/buffer/store/same.ts';
import type { Stretch } from '../../../../lib/buffer/store/scan.ts';
import { CrashingDisk } from '../crashing_files.ts';

/** Whether stretches of two files hold the same. */
function compare(
  one: Buffer,
  ofOne: readonly Stretch[],
  other: Buffer,
  ofOther: readonly Stretch[],
): Promise<boolean> {
  const disk = new CrashingDisk();
  disk.put('/one', one);
  disk.put('/other', other);
  const files = disk.process();
  const [first, second] = [files.open('/one', 'read'), files.open('/other', 'read')];
  return holdSame(files, first, ofOne, second, ofOther);
}

test('stretches are the same by their bytes, however they are divided', async () => {
  const one = Buffer.from('..abc..def');
  const other = Buffer.from('abcdef');
  const parts = [
    { start: 2, end: 5 },
    { start: 7, end: 10 },
  ];
  assert.equal(await compare(one, parts, other, [{ start: 0, end: 6 }]), true);
  assert.equal(await compare(other, [{ start: 0, end: 6 }], one, parts), true);
  assert.equal(await compare(one, parts, other, [{ start: 0, end: 5 }]), false);
  assert.equal(await compare(one, parts, Buffer.from('abcdeF'), [{ start: 0, end: 6 }]), false);
  assert.equal(await compare(one, [], other, []), true);
});

test('files larger than what is read at once are compared to the end', async () => {
  const one = Buffer.alloc(600_000, 'x');
  const other = Buffer.from(one);
  const all = [{ start: 0, end: one.length }];
  assert.equal(await compare(one, all, other, all), true);
  other[599_999] = 0;
  assert.equal(await compare(one, all, other, all), false);
});

test('a file that is shorter than its stretch is not the same', async () => {
  const all = [{ start: 0, end: 6 }];
  assert.equal(await compare(Buffer.from('abcdef'), all, Buffer.from('abc'), all), false);
});
