import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { QuantileSketch } from '../../../lib/plugin/quantile_sketch.ts';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';

const shares = [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1];

/** The least number that `share` of all do not exceed, by the definition. */
function slowQuantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
}

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

test('of few numbers every quantile is one of them, exactly', () => {
  const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });
  fc.assert(
    fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      assert.equal(sketchOf(values).quantile(share), slowQuantile(values, share));
    }),
  );
});

test('of many numbers of either sign a quantile is within 1 % of the right one', () => {
  const random = seededRandom();
  const values = Array.from({ length: 20_000 }, () => (random() - 0.3) * 10 ** (12 * random() - 6));
  const sketch = sketchOf(values);
  assert.equal(sketch.count, values.length);
  for (const share of shares) {
    const right = slowQuantile(values, share) ?? Number.NaN;
    const found = sketch.quantile(share) ?? Number.NaN;
    const slack = Math.abs(right) * 0.010_000_1;
    assert(Math.abs(found - right) <= slack, `${share}: ${found} instead of ${right}`);
  }
});

test('the step from exact to about right loses no number', () => {
  const values = Array.from({ length: 4096 }, () => 5);
  const sketch = sketchOf(values);
  assert.equal(sketch.quantile(1), 5);
  sketch.add(0);
  assert.deepEqual([sketch.count, sketch.quantile(0)], [4097, 0]);
  assert(Math.abs((sketch.quantile(1) ?? 0) - 5) <= 0.05);
});

test('without a number there is no quantile', () => {
  assert.equal(new QuantileSketch().quantile(0.5), undefined);
});
