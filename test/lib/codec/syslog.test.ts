import assert from 'node:assert/strict';
import test from 'node:test';
import { beginLine, timeBegin, withoutLineBreak } from '../../../lib/codec/syslog.ts';

test('finds the time behind the priority', () => {
  assert.equal(timeBegin('<13>x', { hasPriority: true, timeWords: 1 }, /^<\d+>/), 4);
  assert.equal(timeBegin('x', { hasPriority: true, timeWords: 1 }, /^<\d+>/), -1);
  assert.equal(timeBegin('x', { hasPriority: false, timeWords: 1 }, /^<\d+>/), 0);
});

test('reads as many words of time as there are to be, with one blank between', () => {
  const begun = beginLine('Feb   8  12 h', { hasPriority: false, timeWords: 3 }, 0);
  assert.equal(begun?.line.time, 'Feb 8 12');
  assert.equal(begun?.at, 12);
  assert.equal(beginLine('Feb 8', { hasPriority: false, timeWords: 3 }, 0), null);
});

test('takes one line break from the end', () => {
  assert.deepEqual(['a\n', 'a\r\n', 'a\r', 'a\n\n', 'a'].map(withoutLineBreak), [
    'a',
    'a',
    'a',
    'a\n',
    'a',
  ]);
});
