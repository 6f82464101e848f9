import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../lib/error.ts';
import * as read from '../../../lib/option/text.ts';

function refuses(run: () => unknown, message: RegExp): void {
  assert.throws(
    run,
    (error) =>
      error instanceof MillraceError && error.code === 'MR_OPTION' && message.test(error.message),
  );
}

test('reads durations exactly, a bare number as seconds', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['10s', 10_000],
    ['2d', 172_800_000],
    ['1.005', 1005],
    ['0.1s', 100],
    ['-1', -1000],
    [' 7 ', 7000],
    ['0', 0],
  ];
  for (const [text, ms] of cases) assert.equal(read.parseDurationMs(text), ms, text);
});

test('refuses what is no duration and says what it saw', () => {
  for (const text of ['', 'abc', '10 s', '10S', '1w', '3us', '5 minutes', 'ms', '-5s']) {
    refuses(() => read.parseDurationMs(text), /expected a duration such as 500ms/);
  }
  refuses(() => read.parseDurationMs('10sec'), /not `10sec`/);
});

test('prints a duration so that it reads as the same again', () => {
  assert.equal(read.printDurationMs(5_400_000), '90m');
  assert.equal(read.printDurationMs(0), '0s');
  fc.assert(fc.property(fc.nat(), (ms) => read.parseDurationMs(read.printDurationMs(ms)) === ms));
});

test('reads sizes in powers of 1024', () => {
  assert.equal(read.parseSizeBytes('8m'), 8 * 1024 ** 2);
  assert.equal(read.parseSizeBytes('1T'), 1024 ** 4);
  assert.equal(read.parseSizeBytes('-1'), -1);
  assert.equal(read.parseSizeBytes('010'), 8);
  fc.assert(
    fc.property(fc.nat(), (bytes) => read.parseSizeBytes(read.printSizeBytes(bytes)) === bytes),
  );
});

test('refuses what is no size', () => {
  for (const text of ['', 'k', '1.5m', '10kb', '5 k', '1k2m', '1e3', '9999999999999t']) {
    refuses(() => read.parseSizeBytes(text), /expected a size such as 512k/);
  }
});

test('reads booleans, nothing at all being true', () => {
  for (const text of ['true', 'yes', '', '# said no more'])
    assert.equal(read.parseBoolean(text), true);
  for (const text of ['false', 'no']) assert.equal(read.parseBoolean(text), false);
  for (const text of ['1', 'on', 'TRUE', ' true', 'nil']) {
    refuses(() => read.parseBoolean(text), /expected true or false/);
  }
});

test('reads whole numbers in the forms of Ruby', () => {
  const cases: readonly (readonly [string, number | bigint])[] = [
    ['0', 0],
    ['+5', 5],
    ['-12', -12],
    ['1_000', 1000],
    ['0x1F', 31],
    ['0b11', 3],
    ['0o17', 15],
    ['010', 8],
    ['0d09', 9],
    ['9007199254740992', 9007199254740992n],
    ['-99999999999999999999', -99999999999999999999n],
  ];
  for (const [text, value] of cases) assert.equal(read.parseInteger(text), value, text);
  for (const text of ['', '08', '1__0', '1.9', '1,000', '-', '--1', 'x', '0x', '1_']) {
    refuses(() => read.parseInteger(text), /expected a whole number/);
  }
});

test('reads every integer as the same number that it was printed from', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
      assert.equal(BigInt(read.parseInteger(String(integer))), integer);
    }),
  );
});

test('reads numbers with fraction and exponent', () => {
  assert.equal(read.parseFloatStrict('-2.25'), -2.25);
  assert.equal(read.parseFloatStrict('1E-3'), 0.001);
  assert.equal(read.parseFloatStrict('.5'), 0.5);
  assert.equal(read.parseFloatStrict('1_0.5'), 10.5);
  for (const text of ['', '5.', 'x', 'inf', 'NaN', '1 2', '0x1']) {
    refuses(() => read.parseFloatStrict(text), /expected a number/);
  }
});

test('reads arrays from JSON or from texts between commas', () => {
  assert.deepEqual(read.parseArray('a, b ,,c,'), ['a', 'b', '', 'c']);
  assert.deepEqual(read.parseArray(' '), []);
  assert.deepEqual(read.parseArray('["a", 1, null, {"x":[2]}]'), ['a', 1, null, { x: [2] }]);
  assert.deepEqual(read.parseTextArray('["a", 1, 9007199254740993]'), [
    'a',
    '1',
    '9007199254740993',
  ]);
  refuses(() => read.parseArray("['a']"), /expected a JSON array/);
  refuses(() => read.parseArray('[1,2,]'), /expected a JSON array/);
});

test('reads hashes from JSON or from pairs', () => {
  assert.deepEqual(read.parseHash('a:1,b:x:y,c:'), { a: '1', b: 'x:y', c: '' });
  assert.deepEqual(read.parseHash('a:1\n, b:2,'), { a: '1', b: '2' });
  assert.deepEqual(read.parseHash(''), {});
  assert.deepEqual(read.parseHash('{"a":1,"b":[0.1234567890123456, 18446744073709551615]}'), {
    a: 1,
    b: [0.1234567890123456, 18446744073709551615n],
  });
  refuses(() => read.parseHash('a:1,,b:2'), /expected key:value pairs/);
  refuses(() => read.parseHash('{"a"'), /expected a JSON object/);
});

test('keeps `__proto__` as a key of a hash', () => {
  for (const text of ['__proto__:x', '{"__proto__":"x"}']) {
    const map = read.parseHash(text);
    assert.deepEqual(Object.entries(map), [['__proto__', 'x']]);
    assert.equal(Object.getPrototypeOf(map), Object.prototype);
  }
});
