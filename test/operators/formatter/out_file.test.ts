import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import outFile from '../../../operators/formatter/out_file.ts';

formatterLaws(outFile, {}, { test });

type Options = Parameters<typeof outFile>[0];

function format(options: Options, record = {}, timeZone = 'UTC'): string | Uint8Array {
  const time = new EventTime(1_700_000_000, 123_456_789);
  return testContext({ timeZone }).make(outFile(options))({ time, record }, 'app.web');
}

test('writes time, tag and record', () => {
  assert.equal(format({}, { a: 1 }), '2023-11-14T22:13:20+00:00\tapp.web\t{"a":1}\n');
  assert.equal(format({ outputTag: false }), '2023-11-14T22:13:20+00:00\t{}\n');
  assert.equal(format({ outputTime: false, newline: 'crlf' }), 'app.web\t{}\r\n');
});

test('takes delimiters by name or as they are', () => {
  assert.equal(format({ delimiter: 'comma' }), '2023-11-14T22:13:20+00:00,app.web,{}\n');
  assert.equal(format({ delimiter: 'SPACE', outputTime: false }), 'app.web {}\n');
  assert.equal(format({ delimiter: '|', outputTime: false }), 'app.web|{}\n');
});

test('writes the time in the zone and the format that are chosen', () => {
  const timeOf = (options: Options): unknown =>
    String(format({ outputTag: false, ...options }, {}, 'Asia/Tokyo')).split('\t')[0];
  assert.equal(timeOf({}), '2023-11-15T07:13:20+09:00');
  assert.equal(timeOf({ localtime: false }), '2023-11-14T22:13:20Z');
  assert.equal(timeOf({ timezone: 'America/New_York' }), '2023-11-14T17:13:20-05:00');
  assert.equal(timeOf({ timeFormat: '%s.%6N' }), '1700000000.123456');
  assert.equal(timeOf({ timeType: 'float' }), '1700000000.123456789');
});

test('keeps bytes that are not UTF-8', () => {
  const made = format({ outputTime: false }, { s: new RawString(Buffer.from('ff', 'hex')) });
  assert.equal(Buffer.from(made).toString('latin1'), 'app.web\t{"s":"\xff"}\n');
});

test('refuses a wrong zone, and utc together with localtime', () => {
  assert.throws(
    () => outFile({ timezone: 'JST' }),
    (error) => error instanceof MillraceError && /`JST` is no time zone/.test(error.message),
  );
  assert.throws(() => format({ utc: true, localtime: true }), MillraceError);
});
