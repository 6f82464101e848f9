import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PhiDetector } from '../../../lib/net/phi_detector.ts';

/** A detector that heard `beats` heartbeats, one every `gapMs`. */
function detectorOf(intervalMs: number, gapMs: number, beats: number): PhiDetector {
  const detector = new PhiDetector(intervalMs, 0);
  for (let beat = 1; beat <= beats; beat += 1) detector.add(beat * gapMs);
  return detector;
}

test('where a heartbeat came every second, phi is 16 after some 37 s of silence', () => {
  const detector = detectorOf(1000, 1000, 100);
  assert.ok(detector.phi(100_000 + 36_000) < 16);
  assert.ok(detector.phi(100_000 + 37_000) > 16);
});

test('it is the weighted mean of the gaps: the last counts most', () => {
  const detector = new PhiDetector(1000, 0);
  detector.add(2000);
  // Gaps of 1 and 2 s, with the weights 1 and 2.
  const meanMs = 5000 / 3;
  assert.ok(Math.abs(detector.phi(5000) - 3000 / meanMs / Math.log(10)) < 1e-9);
});

test('the longer the silence and the more regular the heartbeats, the higher is phi', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      (beats, silenceMs, moreMs) => {
        const nowMs = beats * 1000;
        const regular = detectorOf(1000, 1000, beats);
        assert.ok(regular.phi(nowMs + silenceMs) < regular.phi(nowMs + silenceMs + moreMs));
        const slow = detectorOf(1000, 3000, beats);
        assert.ok(slow.phi(beats * 3000 + silenceMs) < regular.phi(nowMs + silenceMs));
      },
    ),
  );
});

test('what was cleared knows nothing, and judges by what comes next', () => {
  const detector = detectorOf(1000, 50_000, 10);
  detector.clear(600_000);
  assert.equal(detector.count, 0);
  assert.equal(detector.phi(10_000_000), 0);
  assert.equal(detector.silenceMs(601_000), 1000);
  detector.add(700_000);
  assert.equal(detector.count, 1);
  assert.ok(detector.phi(700_000 + 37_000) > 16);
});

test('it remembers a thousand gaps', () => {
  assert.equal(detectorOf(1000, 1000, 5000).count, 1000);
});
