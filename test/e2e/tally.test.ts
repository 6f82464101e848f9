import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { isWhole, lineOf, tallyFolder } from './tally.ts';

/** The tally of a folder with these files. */
function tallyOf(expected: number, files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tally-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return tallyFolder(folder, expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const lines = (...numbers: number[]): string => numbers.map((n) => `${lineOf(n)}\n`).join('');

test('each line once, over several files in any order, is whole', () => {
  assert(isWhole(tallyOf(4, { 'a.log': lines(3, 1), 'b/c.log': lines(2, 4) })));
});

test('a line that is missing, repeated, torn or changed is seen', () => {
  assert.deepEqual(tallyOf(3, { a: lines(1, 3) }).missing, [2]);
  assert.deepEqual(tallyOf(2, { a: lines(1, 2), b: lines(2) }).repeated, [2]);
  assert.equal(tallyOf(1, { a: lines(1) + lineOf(1).slice(0, -3) }).altered.length, 1);
  assert.equal(tallyOf(1, { a: lines(1).replace('whole', 'whale') }).altered.length, 1);
  assert.equal(tallyOf(1, { a: lines(1, 2) }).invented.length, 1);
  assert.equal(tallyOf(1, { a: `${lines(1)}\0\0` }).invented.length, 1);
});

test('a folder that is not there has nothing', () => {
  assert.equal(tallyFolder('/nowhere/at/all', 2).missing.length, 2);
});
