import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../lib/error.ts';
import {
  chooseZone,
  localToUtc,
  localZone,
  parseOffset,
  parseZone,
  regionZone,
  utcZone,
} from '../../../lib/event/time_zone.ts';

const newYork = regionZone('America/New_York');

test('reads offsets with and without a colon, and names of places', () => {
  assert.equal(parseZone('+09:00').offsetAt(0), 32_400);
  assert.equal(parseZone('-0330').offsetAt(0), -12_600);
  assert.equal(parseZone('+09').offsetAt(0), 32_400);
  assert.equal(parseZone('Asia/Tokyo').offsetAt(0), 32_400);
  assert.equal(parseZone('America/Argentina/Ushuaia').offsetAt(1_700_000_000), -10_800);
  assert.equal(parseOffset('-00:00'), 0);
});

test('refuses abbreviations and what is no zone', () => {
  for (const text of ['JST', 'UTC', '', 'No/Where', '+9', '+25:00', '+09:60', '09:00', 'a/b/c/d']) {
    assert.throws(
      () => parseZone(text),
      (error) => error instanceof MillraceError && error.code === 'MR_TIME',
      text,
    );
  }
});

test('follows summer time', () => {
  assert.equal(newYork.offsetAt(Date.UTC(2024, 2, 10, 6, 59, 59) / 1000), -18_000);
  assert.equal(newYork.offsetAt(Date.UTC(2024, 2, 10, 7) / 1000), -14_400);
  assert.equal(newYork.abbreviationAt(Date.UTC(2024, 6, 1) / 1000), 'EDT');
  assert.equal(newYork.abbreviationAt(Date.UTC(2024, 0, 1) / 1000), 'EST');
});

test('knows offsets of the past to the second', () => {
  assert.equal(regionZone('Africa/Monrovia').offsetAt(0), -2670);
});

test('gives abbreviations to local zones, and numbers where there are none', () => {
  assert.equal(regionZone('Asia/Tokyo').abbreviationAt(0), 'JST');
  assert.equal(regionZone('Europe/Moscow').abbreviationAt(1_700_000_000), 'MSK');
  assert.equal(regionZone('America/Sao_Paulo').abbreviationAt(1_700_000_000), '-03');
  assert.equal(regionZone('Asia/Kathmandu').abbreviationAt(1_700_000_000), '+0545');
  assert.equal(parseZone('Asia/Tokyo').abbreviationAt(0), '');
});

test('a local time that is shown twice is the first, one that is never shown is later', () => {
  const berlin = regionZone('Europe/Berlin');
  const twice = Date.UTC(2024, 9, 27, 2, 30) / 1000;
  const never = Date.UTC(2024, 2, 31, 2, 30) / 1000;
  assert.equal(localToUtc(berlin, twice), twice - 7200);
  assert.equal(localToUtc(berlin, never), never - 3600);
});

test('every moment is found back from its local time, but for the repeated hour', () => {
  const sec = fc.integer({ min: 0, max: 4_000_000_000 });
  fc.assert(
    fc.property(sec, (moment) => {
      const local = moment + newYork.offsetAt(moment);
      const found = localToUtc(newYork, local);
      assert.equal(found + newYork.offsetAt(found), local);
      assert.ok(found === moment || found === moment - 3600);
    }),
  );
});

test('the options choose a named zone first, then UTC or the local zone', () => {
  assert.equal(chooseZone({}), localZone);
  assert.equal(chooseZone({ local: newYork }), newYork);
  assert.equal(chooseZone({ utc: true }), utcZone);
  assert.equal(chooseZone({ localtime: false }), utcZone);
  assert.equal(chooseZone({ timezone: '+0100', utc: true }).offsetAt(0), 3600);
  assert.throws(() => chooseZone({ utc: true, localtime: true }), MillraceError);
});

test('the local zone is that of Date', () => {
  const offset = new Date(1_700_000_000_000).getTimezoneOffset();
  assert.equal(localZone.offsetAt(1_700_000_000), 0 - offset * 60);
});
