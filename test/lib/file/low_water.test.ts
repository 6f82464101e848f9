import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { LowWater, type Segment } from '../../../lib/file/low_water.ts';

test('rises only when all below is done', () => {
  const water = new LowWater(10, 1);
  const first = water.open(10, 20, 2);
  const second = water.open(20, 30, 3);
  assert.equal(water.done(second), false);
  assert.equal(water.low, 10);
  assert.equal(water.done(first), true);
  assert.deepEqual([water.low, water.check, water.length], [30, 3, 0]);
});

test('gives failed segments again, lowest first, with the very same bounds', () => {
  const water = new LowWater(0, 0);
  const segments = [water.open(0, 5, 1), water.open(5, 9, 2), water.open(9, 12, 3)] as const;
  water.fail(segments[2]);
  water.fail(segments[0]);
  water.done(segments[1]);
  assert(water.hasFailed);
  const again = water.firstFailed;
  assert.deepEqual([again?.begin, again?.end], [0, 5]);
  assert(again !== undefined);
  water.reopen(again);
  assert(water.done(again));
  assert.equal(water.low, 9);
  assert.equal(water.firstFailed?.begin, 9);
  water.reopen(segments[2]);
  assert(!water.hasFailed && water.openCount === 1);
});

test('a second settle changes nothing', () => {
  const water = new LowWater(0, 0);
  const segment = water.open(0, 5, 1);
  water.done(segment);
  water.fail(segment);
  assert.deepEqual([water.low, water.openCount, water.hasFailed], [5, 0, false]);
});

test('never passes a segment that is open or failed, in any order of settling', () => {
  const step = fc.record({ at: fc.nat(30), isGood: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const water = new LowWater(0, 0);
      const segments: Segment[] = Array.from({ length: 10 }, (_, n) => water.open(n, n + 1, n));
      for (const { at, isGood } of steps) {
        const segment = at > 20 ? water.firstFailed : segments[at % segments.length];
        if (segment === undefined) continue;
        if (at > 20) water.reopen(segment);
        else if (isGood) water.done(segment);
        else water.fail(segment);
        const pending = segments.findIndex(({ state }) => state !== 'done');
        assert.equal(water.low, pending < 0 ? 10 : pending);
        assert.equal(water.openCount, segments.filter(({ state }) => state === 'open').length);
        assert.equal(
          water.hasFailed,
          segments.some(({ state }) => state === 'failed'),
        );
      }
    }),
  );
});
