import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { compileTimeFormatter, type TimeFormatOptions } from '../../../lib/event/time_format.ts';
import { regionZone } from '../../../lib/event/time_zone.ts';

/** A Sunday: 2024-03-03 04:05:06.007080009 UTC. */
const sunday = new EventTime(1_709_438_706, 7_080_009);

function print(format: string, options: TimeFormatOptions = {}, time = sunday): string {
  return compileTimeFormatter({ utc: true, ...options, format })(time);
}

test('prints every directive as Ruby does', () => {
  assert.equal(print('%Y %C %y %m %B %b %h %d %e %j'), '2024 20 24 03 March Mar Mar 03  3 063');
  assert.equal(print('%H %k %I %l %M %S %p %P'), '04  4 04  4 05 06 AM am');
  assert.equal(print('%L %N %3N %6N %9N %12N'), '007 007080009 007 007080 007080009 007080009000');
  assert.equal(print('%a %A %u %w %G %g %V %U %W'), 'Sun Sunday 7 0 2024 24 09 09 09');
  assert.equal(print('%s %n%t%% %z %Z'), '1709438706 \n\t% +0000 UTC');
  assert.equal(print('%c|%D|%x'), 'Sun Mar  3 04:05:06 2024|03/03/24|03/03/24');
  assert.equal(print('%F|%T|%X|%R|%r'), '2024-03-03|04:05:06|04:05:06|04:05|04:05:06 AM');
  assert.equal(print('%v|%+'), ' 3-MAR-2024|Sun Mar  3 04:05:06 UTC 2024');
});

test('prints offsets in every form', () => {
  const zone = { utc: false, timezone: '-03:30' };
  assert.equal(print('%z %:z %::z %:::z', zone), '-0330 -03:30 -03:30:00 -03:30');
  assert.equal(print('%:::z', { timezone: '+09:00' }), '+09');
  assert.equal(
    print('%-z %10z %_10z %_z', { timezone: '+09:00' }),
    '+900 +000000900       +900  +900',
  );
});

test('heeds flags and widths', () => {
  assert.equal(print('%-d %_d %05d %-e %03e %-j %_H'), '3  3 00003 3 003 63  4');
  assert.equal(
    print('%^a %#b %^B %#p %#Z %^P %10A %010A'),
    'SUN MAR MARCH am utc AM     Sunday 0000Sunday',
  );
  assert.equal(print('%12F|%10Y'), '  2024-03-03|0000002024');
});

test('prints what is no directive as it stands', () => {
  assert.equal(print('100% %Q %i %:Y %'), '100% %Q %i %:Y %');
  assert.equal(print(''), '');
});

test('a format of none, and %iso8601, name the offset, and UTC by its letter', () => {
  const time = new EventTime(1_700_000_000, 5);
  assert.equal(compileTimeFormatter({ utc: true })(time), '2023-11-14T22:13:20Z');
  assert.equal(compileTimeFormatter({ timezone: '+0530' })(time), '2023-11-15T03:43:20+05:30');
  assert.equal(print('<%iso8601.%N>', {}, time), '<2023-11-14T22:13:20Z.000000005>');
  assert.equal(print('%%iso8601', {}, time), '%iso8601');
});

test('keeps nothing of the last second when the second changes', () => {
  const format = compileTimeFormatter({ format: '%S.%N %L', utc: true });
  assert.equal(format(new EventTime(1, 2)), '01.000000002 000');
  assert.equal(format(new EventTime(1, 3_000_000)), '01.003000000 003');
  assert.equal(format(new EventTime(2, 2)), '02.000000002 000');
  assert.equal(format(new EventTime(0, 0)), '00.000000000 000');
});

test('follows the clock changes of a place', () => {
  const format = compileTimeFormatter({
    format: '%H:%M %Z',
    local: regionZone('America/New_York'),
  });
  assert.equal(format(new EventTime(1_710_053_999, 0)), '01:59 EST');
  assert.equal(format(new EventTime(1_710_054_000, 0)), '03:00 EDT');
});

test('prints years far away', () => {
  assert.equal(print('%Y-%m-%d', {}, new EventTime(-62_198_755_200, 0)), '-0001-01-01');
  assert.equal(print('%Y', {}, new EventTime(253_402_300_800, 0)), '10000');
});

test('prints seconds since 1970 with all their decimals', () => {
  const whole = compileTimeFormatter({ type: 'unixtime' });
  const exact = compileTimeFormatter({ type: 'float' });
  assert.equal(whole(sunday), '1709438706');
  assert.equal(exact(sunday), '1709438706.007080009');
  assert.equal(exact(new EventTime(5, 0)), '5.0');
  assert.equal(exact(new EventTime(-2, 500_000_000)), '-1.500000000');
});
