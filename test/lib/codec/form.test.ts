import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseForm } from '../../../lib/codec/form.ts';

/** Fields with their bytes as Latin-1 text. */
function fields(form: string): [string, string][] {
  const parsed = parseForm(Buffer.from(form, 'latin1'));
  return [...parsed].map(([name, value]) => [name, Buffer.from(value).toString('latin1')]);
}

test('reads fields, plus signs and percent escapes', () => {
  assert.deepEqual(fields('json=%7B%22a%22%3A1%7D&time=1'), [
    ['json', '{"a":1}'],
    ['time', '1'],
  ]);
  assert.deepEqual(fields('a+b=c+%2b'), [['a b', 'c +']]);
});

test('keeps any byte', () => {
  assert.deepEqual(fields('m=%81%A1a%c1\xff'), [['m', '\x81\xa1a\xc1\xff']]);
});

test('reads what others let pass', () => {
  assert.deepEqual(fields(''), []);
  assert.deepEqual(fields('&&a&=x&b=1=2&'), [
    ['a', ''],
    ['', 'x'],
    ['b', '1=2'],
  ]);
  assert.deepEqual(fields('a=%&b=%4&c=%zz&d=%4'), [
    ['a', '%'],
    ['b', '%4'],
    ['c', '%zz'],
    ['d', '%4'],
  ]);
});

test('takes the first of fields with the same name', () => {
  assert.deepEqual(fields('a=1&a=2'), [['a', '1']]);
});

test('reads UTF-8 text as URLSearchParams does', () => {
  const pair = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.uniqueArray(pair, { selector: ([name]) => name }), (pairs) => {
      const parsed = parseForm(Buffer.from(new URLSearchParams(pairs).toString()));
      const read = [...parsed].map(([name, value]) => [name, Buffer.from(value).toString()]);
      assert.deepEqual(read, [...new URLSearchParams(new URLSearchParams(pairs).toString())]);
    }),
  );
});
