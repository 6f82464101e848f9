import assert from 'node:assert/strict';
import test from 'node:test';
import { DistinctSketch } from '../../../lib/plugin/distinct_sketch.ts';

/** A sketch of `count` different texts, each added `times` times. */
function sketchOf(count: number, times = 1): DistinctSketch {
  const sketch = new DistinctSketch();
  for (let round = 0; round < times; round += 1) {
    for (let n = 0; n < count; n += 1) sketch.add(`text ${n}`);
  }
  return sketch;
}

test('up to 4096 different texts are counted exactly, however often they come', () => {
  for (const count of [0, 1, 2, 4095, 4096]) assert.equal(sketchOf(count, 2).count(), count);
});

test('beyond, the count is within 5 %', () => {
  for (const count of [4097, 10_000, 100_000]) {
    const found = sketchOf(count).count();
    assert(Math.abs(found - count) < count * 0.05, `${found} instead of ${count}`);
  }
});

test('beyond, too, a text that comes again changes nothing', () => {
  assert.equal(sketchOf(20_000, 3).count(), sketchOf(20_000).count());
});

test('asking for the count does not disturb it', () => {
  const [asked, silent] = [new DistinctSketch(), new DistinctSketch()];
  for (let n = 0; n < 30_000; n += 1) {
    asked.add(`${n}`);
    silent.add(`${n}`);
    if (n % 5000 === 0) asked.count();
  }
  assert.equal(asked.count(), silent.count());
});
