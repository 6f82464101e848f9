import assert from 'node:assert/strict';
import test from 'node:test';
import { compileTimeFormatter } from '../../../lib/event/time_format.ts';
import { guessTime } from '../../../lib/event/time_guess.ts';
import { utcZone } from '../../../lib/event/time_zone.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

/** 2023-11-14 22:13:20 UTC */
const context = { zone: utcZone, clock: new TestClock({ sec: 1_700_000_000, nsec: 0 }) };
const print = compileTimeFormatter({ format: '%F %T.%N', utc: true });

function guess(text: string): string | undefined {
  const time = guessTime(text, context);
  return time === undefined ? undefined : print(time).replace('.000000000', '');
}

const readings: readonly (readonly [string, string])[] = [
  ['2024-02-03T04:05:06Z', '2024-02-03 04:05:06'],
  ['2024-02-03T04:05:06.5+09:00', '2024-02-02 19:05:06.500000000'],
  ['2024-02-03 04:05:06,123456789', '2024-02-03 04:05:06.123456789'],
  ['2024-01-02 03:04:05 +0900', '2024-01-01 18:04:05'],
  ['2024-02-03 04:05:06 UTC', '2024-02-03 04:05:06'],
  ['2024-02-03 04:05:06 JST', '2024-02-02 19:05:06'],
  ['2024-02-03', '2024-02-03 00:00:00'],
  ['2024/2/3 4:05', '2024-02-03 04:05:00'],
  ['2024-W05-6', '2024-02-03 00:00:00'],
  ['2024-034', '2024-02-03 00:00:00'],
  ['2024-02', '2024-02-01 00:00:00'],
  ['20240203', '2024-02-03 00:00:00'],
  ['20240203T040506Z', '2024-02-03 04:05:06'],
  ['20240203040506', '2024-02-03 04:05:06'],
  ['20240203T040506.25+0900', '2024-02-02 19:05:06.250000000'],
  ['Sat, 03 Feb 2024 04:05:06 GMT', '2024-02-03 04:05:06'],
  ['Sat, 3 Feb 2024 04:05:06 -0800', '2024-02-03 12:05:06'],
  ['Saturday, 03-Feb-24 04:05:06 GMT', '2024-02-03 04:05:06'],
  ['10/Oct/2023:13:55:36 -0700', '2023-10-10 20:55:36'],
  ['[10/Oct/2023:13:55:36 +0000]', '2023-10-10 13:55:36'],
  ['Sat Feb  3 04:05:06 2024', '2024-02-03 04:05:06'],
  ['Sat Feb  3 04:05:06 JST 2024', '2024-02-02 19:05:06'],
  ['Feb  3 04:05:06', '2023-02-03 04:05:06'],
  ['Feb 3 2024 4:05 PM', '2024-02-03 16:05:00'],
  ['February 3rd, 2024', '2024-02-03 00:00:00'],
  ['3rd Feb 2024 12:00am', '2024-02-03 00:00:00'],
  ['2024 Feb 3 04:05', '2024-02-03 04:05:00'],
  ['3.2.2024 04:05', '2024-02-03 04:05:00'],
  ['04:05:06', '2023-11-14 04:05:06'],
];

for (const [text, expected] of readings) {
  test(`recognizes ${text}`, () => assert.equal(guess(text), expected));
}

for (const text of [
  '',
  'zzz',
  '1700000000',
  '12',
  'hello world',
  '2024-02-30',
  '2024-13-01',
  '25:00:00',
]) {
  test(`does not take "${text}" for a time`, () => assert.equal(guess(text), undefined));
}

test('a hostile text is refused without much ado', () => {
  assert.equal(guess('Feb '.repeat(50_000)), undefined);
  assert.equal(guess(`${'1 '.repeat(60)}x`), undefined);
});
