import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../lib/testing/seeded_random.ts';
import { coursesOf, type Holding } from './endurance.ts';

function growing(samples: readonly Holding[]): string[] {
  return coursesOf(samples)
    .filter(({ grows }) => grows)
    .map(({ what }) => what);
}

/** Fifteen minutes, a sample a second: memory swings by 20 MB. */
function soak(change: (seconds: number) => Partial<Holding>): Holding[] {
  const random = seededRandom(3);
  return Array.from({ length: 900 }, (_, seconds) => {
    const steady = { seconds, megabytes: 100 + 20 * random(), openFiles: 30, threads: 11 };
    return { ...steady, ...change(seconds) };
  });
}

test('memory that swings around a level does not grow', () => {
  assert.deepEqual(growing(soak(() => ({}))), []);
});

test('a first rise is warm-up', () => {
  const warming = soak((seconds) => (seconds < 200 ? { megabytes: 60 + seconds / 5 } : {}));
  assert.deepEqual(growing(warming), []);
});

test('memory and descriptors that leak grow, each by itself', () => {
  assert.deepEqual(growing(soak((seconds) => ({ megabytes: 100 + seconds / 60 }))), ['MB RSS']);
  const leaking = soak((seconds) => ({ openFiles: 30 + Math.floor(seconds / 60) }));
  assert.deepEqual(growing(leaking), ['open files']);
});
