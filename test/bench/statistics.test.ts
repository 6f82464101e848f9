import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../lib/testing/seeded_random.ts';
import { blockMeans, median, trendOf } from './statistics.ts';

test('a median is the middle value, or lies between the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
});

test('points on a line have its slope and no noise', () => {
  const { slope, noise } = trendOf([0, 1, 2, 3, 4].map((place) => [place, 10 + 3 * place]));
  assert(Math.abs(slope - 3) < 1e-9);
  assert(noise < 1e-9);
});

test('noise around a level is within the noise of the slope, and a clear rise is not', () => {
  const random = seededRandom(7);
  const level = Array.from({ length: 600 }, (_, place) => [place, 100 + random()] as const);
  const rising = level.map(([place, value]) => [place, value + place / 100] as const);
  const flat = trendOf(blockMeans(level, 12));
  assert(Math.abs(flat.slope) <= flat.noise);
  const steep = trendOf(blockMeans(rising, 12));
  assert(steep.slope > steep.noise);
});

test('block means keep the mean and leave out blocks without points', () => {
  assert.deepEqual(
    blockMeans(
      [
        [0, 1],
        [1, 3],
        [2, 5],
        [3, 7],
      ],
      2,
    ),
    [
      [0.5, 2],
      [2.5, 6],
    ],
  );
  assert.deepEqual(blockMeans([[0, 1]], 3), [[0, 1]]);
});
