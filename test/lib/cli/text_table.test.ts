import assert from 'node:assert/strict';
import test from 'node:test';
import { textTable } from '../../../lib/cli/text_table.ts';

test('aligns columns and leaves no blanks at the end of a line', () => {
  assert.equal(
    textTable([
      ['a', 'long one', 'x'],
      ['bcd', '', ''],
    ]),
    'a    long one  x\nbcd\n',
  );
});

test('wraps the last column under itself', () => {
  const text = 'one two three four five six seven';
  assert.equal(textTable([['k', text]], 30), 'k  one two three four five six\n   seven\n');
});

test('a word longer than the column stays whole', () => {
  const word = 'x'.repeat(60);
  assert.equal(textTable([['k', `a ${word} b`]], 30), `k  a\n   ${word}\n   b\n`);
});

test('no rows make no text', () => {
  assert.equal(textTable([]), '');
});
