import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Bisection, type PartOutcome } from '../../../lib/buffer/bisection.ts';

/** Writes parts of a chunk to an output that refuses those that hold a poisoned entry; gives what came of each. */
function search(bisection: Bisection, poison: ReadonlySet<number>): PartOutcome[] {
  const outcomes: PartOutcome[] = [];
  for (let next = bisection.next; next !== undefined; next = bisection.next) {
    const { first, end } = next;
    const refused = [...poison].find((index) => index >= first && index < end);
    const outcome =
      refused === undefined ? { ...next, rejected: [] } : { ...next, refused: `no ${refused}` };
    assert(bisection.apply(outcome));
    outcomes.push(outcome);
  }
  return outcomes;
}

const chunk = fc
  .integer({ min: 1, max: 200 })
  .chain((count) =>
    fc.tuple(fc.constant(count), fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 20 })),
  );

test('exactly the entries to blame are left, each with its reason, and all others are written once', () => {
  fc.assert(
    fc.property(chunk, ([count, indexes]) => {
      const poison = new Set(indexes);
      const bisection = new Bisection(count, 10_000);
      const outcomes = search(bisection, poison);
      const sorted = [...poison].sort((one, other) => one - other);
      assert.deepEqual(
        bisection.rest.rejected,
        sorted.map((index) => ({ index, reason: `no ${index}` })),
      );
      assert.equal(bisection.rest.count, poison.size);
      const written = outcomes.flatMap((outcome) =>
        'rejected' in outcome
          ? Array.from({ length: outcome.end - outcome.first }, (_, n) => outcome.first + n)
          : [],
      );
      const good = Array.from({ length: count }, (_, n) => n).filter((n) => !poison.has(n));
      assert.deepEqual(written, good);
    }),
  );
});

test('any first outcomes of a search bring another one to the same place', () => {
  fc.assert(
    fc.property(chunk, fc.nat(), ([count, indexes], cut) => {
      const poison = new Set(indexes);
      const whole = new Bisection(count, 10_000);
      const outcomes = search(whole, poison);
      const known = outcomes.slice(0, cut % (outcomes.length + 1));
      const resumed = new Bisection(count, 10_000);
      for (const outcome of known) assert(resumed.apply(outcome));
      assert.deepEqual([...known, ...search(resumed, poison)], outcomes);
      assert.deepEqual(resumed.rest, whole.rest);
    }),
  );
});

test('one entry to blame among 100,000 costs two writes for each halving', () => {
  for (const index of [0, 1, 49_999, 50_000, 77_777, 99_999]) {
    const outcomes = search(new Bisection(100_000, 10_000), new Set([index]));
    assert(outcomes.length <= 1 + 2 * 17, `${outcomes.length} writes`);
  }
});

test('after so many writes the rest is given up whole, and what was delivered is not in it', () => {
  const bisection = new Bisection(8, 4);
  search(bisection, new Set([3, 6]));
  // 0-8, 0-4, 0-2 and 2-4 were written.
  assert.deepEqual(bisection.rest.ranges, [{ first: 2, end: 8 }]);
  assert.equal(bisection.rest.count, 6);
  assert.match(bisection.verdict.message, /^6 of 8 entries were refused: .*after 4 writes/);
});

test('what is about another part than the next is not taken down', () => {
  const bisection = new Bisection(8, 100);
  assert.equal(bisection.apply({ first: 0, end: 4, rejected: [] }), false);
  assert.deepEqual(bisection.next, { first: 0, end: 8 });
});

test('entries that a part names are refused, and the others of it delivered', () => {
  const bisection = new Bisection(4, 100);
  bisection.apply({ first: 0, end: 4, refused: 'no' });
  bisection.apply({ first: 0, end: 2, rejected: [{ index: 1, reason: 'old' }] });
  bisection.apply({ first: 2, end: 4, rejected: [] });
  assert.equal(bisection.next, undefined);
  assert.deepEqual(bisection.rest.rejected, [{ index: 1, reason: 'old' }]);
});
