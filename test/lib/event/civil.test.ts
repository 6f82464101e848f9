import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  civilFromDays,
  daysFromCivil,
  daysFromIsoWeek,
  daysInMonth,
  isoWeekOf,
  weekdayOf,
} from '../../../lib/event/civil.ts';

const day = fc.integer({ min: -100_000_000, max: 100_000_000 });

test('dates agree with those of Date over its whole range', () => {
  fc.assert(
    fc.property(day, (days) => {
      const date = new Date(days * 86_400_000);
      const civil = civilFromDays(days);
      assert.deepEqual(civil, {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      });
      assert.equal(daysFromCivil(civil.year, civil.month, civil.day), days);
      assert.equal(weekdayOf(days), date.getUTCDay());
    }),
  );
});

test('knows how long months are', () => {
  assert.equal(daysInMonth(2024, 2), 29);
  assert.equal(daysInMonth(2023, 2), 28);
  assert.equal(daysInMonth(1900, 2), 28);
  assert.equal(daysInMonth(2000, 2), 29);
  assert.equal(daysInMonth(2024, 4), 30);
  assert.equal(daysInMonth(2024, 12), 31);
});

test('ISO weeks are found and found back', () => {
  assert.deepEqual(isoWeekOf(daysFromCivil(2021, 1, 3)), { year: 2020, week: 53 });
  assert.deepEqual(isoWeekOf(daysFromCivil(2024, 12, 30)), { year: 2025, week: 1 });
  fc.assert(
    fc.property(day, (days) => {
      const { year, week } = isoWeekOf(days);
      assert.equal(daysFromIsoWeek(year, week, weekdayOf(days) || 7), days);
    }),
  );
});
