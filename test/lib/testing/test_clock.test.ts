import assert from 'node:assert/strict';
import test from 'node:test';
import { TestClock } from '../../../lib/testing/test_clock.ts';

test('stands still until it is moved', () => {
  const clock = new TestClock({ sec: 10, nsec: 999_999_999 });
  assert.deepEqual(clock.now(), { sec: 10, nsec: 999_999_999 });
  clock.advance(0.001);
  assert.deepEqual(clock.now(), { sec: 11, nsec: 999 });
  assert.equal(clock.monotonicMs(), 0.001);
});

test('calls the timers that are due in order and at their own times', () => {
  const clock = new TestClock();
  const seen: string[] = [];
  clock.after(20, () => seen.push(`late ${clock.monotonicMs()}`));
  clock.after(10, () => {
    seen.push(`early ${clock.monotonicMs()}`);
    clock.after(5, () => seen.push(`nested ${clock.monotonicMs()}`));
  });
  clock.after(30, () => seen.push('never'));
  clock.advance(25);
  assert.deepEqual(seen, ['early 10', 'nested 15', 'late 20']);
  assert.equal(clock.timers, 1);
});

test('forgets a timer that was cancelled', () => {
  const clock = new TestClock();
  const timer = clock.after(1, () => assert.fail('it was cancelled'));
  timer.cancel();
  clock.advance(2);
  assert.equal(clock.timers, 0);
});
