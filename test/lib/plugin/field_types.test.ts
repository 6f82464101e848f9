import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import type { EventValue } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { utcZone } from '../../../lib/event/time_zone.ts';
import { compileFieldTypes } from '../../../lib/plugin/field_types.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

function convert(type: string, value: EventValue): EventValue {
  const converters = compileFieldTypes({ a: type }, { local: utcZone }, new TestClock());
  return converters.get('a')?.(value) ?? null;
}

test('reads whole numbers as far as a text is one', () => {
  assert.equal(convert('integer', '12'), 12);
  assert.equal(convert('integer', '000000000000012'), 12);
  assert.equal(convert('integer', '999999999999999'), 999_999_999_999_999);
  assert.equal(convert('integer', '12.5'), 12);
  assert.equal(convert('integer', ''), 0);
  assert.equal(convert('integer', '-1_000x'), -1000);
  assert.equal(convert('integer', 'zz'), 0);
  assert.equal(convert('integer', '-0'), 0);
  assert.equal(convert('integer', 1.9), 1);
  assert.equal(convert('integer', '18446744073709551615'), 18446744073709551615n);
  assert.equal(convert('integer', '+9007199254740993'), 9007199254740993n);
});

test('reads numbers as far as a text is one', () => {
  assert.equal(convert('float', '1.5x'), 1.5);
  assert.equal(convert('float', '.5'), 0.5);
  assert.equal(convert('float', '1_0.5e1'), 105);
  assert.equal(convert('float', '-'), 0);
  assert.equal(convert('float', 2), 2);
});

test('makes texts, truths and lists', () => {
  assert.equal(convert('string', 7), '7');
  assert.equal(convert('string', { k: 1 }), '{"k":1}');
  assert.equal(convert('bool', 'YES'), true);
  assert.equal(convert('bool', 1), true);
  assert.equal(convert('bool', 'on'), false);
  assert.deepEqual(convert('array', 'x,y,,z,'), ['x', 'y', '', 'z']);
  assert.deepEqual(convert('array:;', 'x;y,z'), ['x', 'y,z']);
  assert.deepEqual(convert('array: ', ' x  y '), ['x', 'y']);
  assert.deepEqual(convert('array::', 'x:y'), ['x', 'y']);
});

test('reads times by zone and format, and makes null of what is none', () => {
  const time = new EventTime(1_706_933_106, 0);
  assert.deepEqual(convert('time:%Y-%m-%d %H:%M:%S', '2024-02-03 04:05:06'), time);
  assert.deepEqual(convert('time:+09:00', '2024-02-03 13:05:06'), null);
  assert.deepEqual(convert('time:+0900:%Y-%m-%d %H:%M:%S', '2024-02-03 13:05:06'), time);
  assert.deepEqual(convert('time:unixtime', '1706933106'), time);
  assert.deepEqual(convert('time', '2024-02-03T04:05:06Z'), time);
  assert.equal(convert('time:%Y-%m-%d', 'zz'), null);
});

test('refuses an unknown type, naming it and its field', () => {
  assert.throws(
    () => convert('number', '1'),
    (error) =>
      error instanceof MillraceError &&
      error.code === 'MR_OPTION' &&
      error.message === '`types`: `number` of field `a` is no type',
  );
});
