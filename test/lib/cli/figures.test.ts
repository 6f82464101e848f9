import assert from 'node:assert/strict';
import test from 'node:test';
import { ageText, counted, figure, shownText, sizeText } from '../../../lib/cli/figures.ts';

test('amounts are grouped, and words follow them', () => {
  assert.equal(figure(1_234_567), '1,234,567');
  assert.deepEqual(
    [0, 1, 2000].map((amount) => counted(amount, 'chunk')),
    ['0 chunks', '1 chunk', '2,000 chunks'],
  );
});

test('sizes have two or three digits and the unit that fits', () => {
  const sizes = [0, 1023, 1024, 1536, 10_189, 10_240, 1_048_000, 1_048_576, 5e12, 3e15];
  assert.deepEqual(sizes.map(sizeText), [
    ...['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '10 KiB', '10 KiB', '1023 KiB'],
    ...['1.0 MiB', '4.5 TiB', '2728 TiB'],
  ]);
});

test('ages have the two units that say most', () => {
  const ages = [-5, 0, 59_999, 61_000, 3_599_000, 11_520_000, 86_400_000 * 12 + 3_600_000 * 4];
  assert.deepEqual(ages.map(ageText), ['0s', '0s', '59s', '1m 1s', '59m 59s', '3h 12m', '12d 4h']);
});

test('what would move the cursor is shown as a code', () => {
  assert.equal(shownText('a\u001b[31mü\u009b2J\n\u202e'), 'a\\u001b[31mü\\u009b2J\\u000a\\u202e');
});
