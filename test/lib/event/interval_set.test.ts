import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { IntervalSet } from '../../../lib/event/interval_set.ts';

const most = 24;
const interval = fc
  .tuple(fc.nat(most), fc.nat(most))
  .map(([one, other]) => ({ begin: Math.min(one, other), end: Math.max(one, other) + 1 }));
const change = fc.record({ does: fc.constantFrom('add', 'remove', 'removeBelow'), interval });

test('an interval set holds what a set of single numbers would', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const set = new IntervalSet();
      const reference = new Set<number>();
      for (const { does, interval: span } of changes) {
        const { begin, end } = span;
        if (does === 'add') set.add(begin, end);
        else if (does === 'remove') set.remove(begin, end);
        else set.removeBelow(begin);
        for (let n = 0; n <= most + 1; n += 1) {
          if (does === 'add' && n >= begin && n < end) reference.add(n);
          if (does === 'remove' && n >= begin && n < end) reference.delete(n);
          if (does === 'removeBelow' && n < begin) reference.delete(n);
        }
      }
      const { bounds } = set;
      assert(bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? 0)));
      assert.equal(bounds.length, set.size * 2);
      for (let begin = 0; begin <= most; begin += 1) {
        let isCovered = true;
        for (let end = begin + 1; end <= most + 2; end += 1) {
          isCovered &&= reference.has(end - 1);
          assert.equal(set.covers(begin, end), isCovered, `[${begin}, ${end}) in ${bounds}`);
        }
      }
    }),
    { seed: 1 },
  );
});
