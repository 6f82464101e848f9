import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type AccessorPath, parseAccessorPath } from '../../../lib/event/accessor_path.ts';

const readings: readonly (readonly [string, AccessorPath])[] = [
  ['a', 'a'],
  ['a.b', 'a.b'],
  ['', ''],
  ['$', '$'],
  ['$.a.b', ['a', 'b']],
  ['$.a[0][-1].b', ['a', 0, -1, 'b']],
  ['$.a..b', ['a', '', 'b']],
  ['$.a.', ['a']],
  ["$['a.b']['c d'][0]", ['a.b', 'c d', 0]],
  ['$["a"]["it\'s"]', ['a', "it's"]],
  ["$['']", ['']],
  ['$.a[0x1f][010][1_0]', ['a', 31, 8, 10]],
];

for (const [text, path] of readings) {
  test(`reads ${text}`, () => assert.deepEqual(parseAccessorPath(text), path));
}

const refused = [
  '$.',
  '$[',
  '$[]',
  '$. a',
  '$.a b',
  '$.a[x]',
  '$.a[0',
  '$.a[0]x',
  "$.a['b']",
  "$['a]",
  "$['a'].b",
  "$['a']x['b']",
  '$["a"][\'b\']',
  '$[a]',
  '$.a[1.5]',
  '$.a[08]',
  '$.a[_1]',
  '$.a[1000001]',
  `$.a[${'9'.repeat(400)}]`,
];

for (const text of refused) {
  test(`refuses ${text.slice(0, 20)}`, () => {
    assert.throws(
      () => parseAccessorPath(text),
      (error) => error instanceof MillraceError && error.code === 'MR_ACCESSOR',
    );
  });
}
