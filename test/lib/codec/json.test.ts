import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseJson, parseJsonDocuments } from '../../../lib/codec/json.ts';
import { printJson } from '../../../lib/codec/json_print.ts';
import { MillraceError } from '../../../lib/error.ts';

function refuses(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof MillraceError && error.code === 'MR_CODEC');
}

test('reads integers exactly: numbers where safe, bigints beyond', () => {
  assert.deepEqual(parseJson('{"a":9223372036854775807,"b":[-9223372036854775808,1]}'), {
    a: 9223372036854775807n,
    b: [-9223372036854775808n, 1],
  });
  assert.equal(parseJson('9007199254740991'), 9007199254740991);
  assert.equal(parseJson('9007199254740992'), 9007199254740992n);
  assert.equal(parseJson('-9007199254740993'), -9007199254740993n);
  assert.equal(parseJson('18446744073709551615'), 18446744073709551615n);
});

test('leaves floats floats, however large', () => {
  assert.equal(parseJson('1e20'), 1e20);
  assert.equal(parseJson('9007199254740993.0'), 9007199254740992);
  assert.deepEqual(parseJson('[1e3, 0.25, 12345678901234567890]'), [
    1000,
    0.25,
    12345678901234567890n,
  ]);
});

test('reads a negative zero as the integer that it is', () => {
  assert.deepEqual(parseJson('{"a":-0}'), { a: 0 });
  assert.deepEqual(parseJson('{"a":-0.0}'), { a: -0 });
});

test('takes __proto__ for a field, on the fast way and on the exact one', () => {
  for (const number of ['1', '9007199254740993']) {
    const text = `{"__proto__":{"polluted":${number}},"constructor":1}`;
    const value = parseJson(text);
    assert.equal(printJson(value), text);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal('polluted' in {}, false);
  }
});

test('the last of two equal keys wins', () => {
  assert.deepEqual(parseJson('{"a":1,"a":9007199254740993}'), { a: 9007199254740993n });
});

test('passes over comments, but not in strings', () => {
  assert.deepEqual(parseJson('{"a":"//x" /* c */, // d\n"b":"/*"}'), { a: '//x', b: '/*' });
  assert.deepEqual(parseJson('[/**/9007199254740993/***/]'), [9007199254740993n]);
});

test('refuses what is not JSON', () => {
  for (const text of [
    '',
    '{',
    '{"a":',
    "{'a':1}",
    'hello',
    '{"a":1}x',
    '"x\ty"',
    '[1,]',
    '/',
    '"/',
  ]) {
    refuses(() => parseJson(text));
  }
});

test('refuses what is nested too deeply, and numbers beyond all floats', () => {
  refuses(() => parseJson('['.repeat(100_000) + ']'.repeat(100_000)));
  refuses(() => parseJson(`[9007199254740993,${'{"a":'.repeat(600)}1${'}'.repeat(600)}]`));
  refuses(() => parseJson('1e999'));
  refuses(() => parseJson('1'.repeat(100_000)));
  const deepest = `${'['.repeat(512)}1${']'.repeat(512)}`;
  assert.equal(printJson(parseJson(deepest)), deepest);
});

test('reads any amount of escapes', () => {
  const text = '\\"'.repeat(1_000_000);
  assert.ok(Array.isArray(parseJson(`["/${text}",9007199254740993]`)));
  refuses(() => parseJson(`["/${text}",`));
});

test('reads documents one after another, on lines or not', () => {
  assert.deepEqual(parseJsonDocuments('{"a":1}\n\n{"b":2}\r\n'), [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(parseJsonDocuments('{"a":1}{"b":2} [3]"x"4 true'), [
    { a: 1 },
    { b: 2 },
    [3],
    'x',
    4,
    true,
  ]);
  assert.deepEqual(parseJsonDocuments('{"a":1}\n{\n"b":"}\\"{"\n}\n'), [{ a: 1 }, { b: '}"{' }]);
  assert.deepEqual(parseJsonDocuments('null\n1'), [null, 1]);
  assert.deepEqual(parseJsonDocuments(''), []);
});

test('refuses documents that are broken or cut off', () => {
  refuses(() => parseJsonDocuments('{"a":1}\n{"b":'));
  refuses(() => parseJsonDocuments('{"a":1}]'));
  refuses(() => parseJsonDocuments('{"a":1}\nhello'));
});

test('reads what JSON.parse reads, and big integers besides', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.bigInt(), (value, big) => {
      const text = JSON.stringify(value);
      fc.pre(!/(?<![\d.])\d{16,}(?![\d.eE])/.test(text));
      assert.deepEqual(parseJson(text), JSON.parse(text));
      const withBig = parseJson(`[${text},${big}]`);
      const expected = Number.isSafeInteger(Number(big)) ? Number(big) : big;
      assert.deepEqual(withBig, [JSON.parse(text), expected]);
    }),
  );
});

test('a comment without an end is no JSON, which is found out in one pass', () => {
  for (const text of ['1 /* open', '1 /*/', `[${'/* '.repeat(200_000)}`]) {
    assert.throws(() => parseJson(text), { code: 'MR_CODEC' });
  }
});
