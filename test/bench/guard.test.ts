import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { judgeRatios } from './guard.ts';
import { jobs } from './jobs.ts';

test('a ratio up to one and a half times the recorded one is fine, a higher one is a fault', () => {
  assert.deepEqual(judgeRatios({ relay: 1, tail: 2 }, { relay: 1.5, tail: 0.5 }), []);
  assert.match(
    judgeRatios({ relay: 1, tail: 2 }, { relay: 1.51, tail: 3 }).join('\n'),
    /^relay: .+$/,
  );
});

test('a job without a recorded ratio is a fault', () => {
  assert.equal(judgeRatios({}, { relay: 1 }).length, 1);
});

test('a ratio of every main job is recorded', () => {
  const { ratios } = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8'));
  const names = jobs.filter(({ isMain }) => isMain).map(({ name }) => name);
  assert.deepEqual(Object.keys(ratios).sort(), names.sort());
});
