import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { EpochAccount } from '../../../lib/fleet/epoch_account.ts';

const from = (begin: number, low: number, part = 0, parts = 1) => ({
  origin: { source: 's', epoch: 1, begin, end: begin + 1, low },
  ...{ part, parts },
});

test('what the source will not offer again and has not arrived is missing', () => {
  const account = EpochAccount.from(0);
  assert.equal(account.add(from(0, 0)), 'new');
  assert.equal(account.add(from(2, 1)), 'new');
  assert.deepEqual(account.missing, []);
  assert.equal(account.add(from(3, 2)), 'new');
  assert.deepEqual(
    [account.missing, account.arrived],
    [
      [1, 2],
      [2, 4],
    ],
  );
});

test('what was missing and comes after all is late, and comes once', () => {
  const account = EpochAccount.from(0);
  account.add(from(1, 1));
  assert.deepEqual(account.missing, [0, 1]);
  assert.equal(account.add(from(0, 0)), 'late');
  assert.deepEqual(account.missing, []);
  assert.equal(account.add(from(0, 0)), 'repeated');
});

test('nothing is said of positions before it watched', () => {
  const account = EpochAccount.from(5);
  assert.equal(account.add(from(7, 7)), 'new');
  assert.deepEqual(account.missing, [5, 7]);
  assert.equal(account.add(from(3, 3)), 'late');
  assert.deepEqual(account.missing, [5, 7]);
});

test('of too many gaps the oldest are given up, and are not known from then on', () => {
  const account = EpochAccount.from(0);
  for (let n = 0; n < 10_000; n += 1) account.add(from(2 * n + 1, 2 * n));
  assert.equal(account.missing.length / 2, 4096);
  assert.equal(account.since, account.missing[0] === undefined ? 0 : account.missing[0] - 1);
});

test('positions that come in parts have arrived when all parts have', () => {
  const account = EpochAccount.from(0);
  assert.equal(account.add(from(0, 0, 1, 2)), 'new');
  assert.equal(account.add(from(0, 0, 1, 2)), 'repeated');
  account.add(from(1, 1));
  assert.deepEqual(account.missing, [0, 1]);
  assert.equal(account.add(from(0, 0, 0, 2)), 'late');
  assert.deepEqual(account.missing, []);
  assert.equal(account.add(from(0, 0, 0, 2)), 'repeated');
});

test('it says what a list of all arrivals says', () => {
  const arrivals = fc.array(fc.record({ begin: fc.nat(30), low: fc.nat(30) }), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, (all) => {
      const account = EpochAccount.from(0);
      const seen = new Set<number>();
      let low = 0;
      for (const each of all) {
        const arrived = from(each.begin, Math.min(each.low, each.begin));
        low = Math.max(low, arrived.origin.low);
        const isRepeated = account.add(arrived) === 'repeated';
        assert.equal(isRepeated, seen.has(each.begin));
        seen.add(each.begin);
      }
      const missing = Array.from({ length: low }, (_, n) => n).filter((n) => !seen.has(n));
      assert.deepEqual(numbersIn(account.missing), missing);
      const arrived = [...seen].filter((n) => n >= low).sort((a, b) => a - b);
      assert.deepEqual(numbersIn(account.arrived), arrived);
    }),
  );
});

function numbersIn(bounds: readonly number[]): number[] {
  const numbers: number[] = [];
  for (let index = 0; index + 1 < bounds.length; index += 2) {
    for (let n = bounds[index] ?? 0; n < (bounds[index + 1] ?? 0); n += 1) numbers.push(n);
  }
  return numbers;
}
