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

test('passing lets what a timer starts run through before the next one', async () => {
  const clock = new TestClock();
  const seen: string[] = [];
  const wait = async (name: string, ms: number, times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      await new Promise<void>((resolve) => clock.after(ms, resolve));
      await new Promise(setImmediate);
      seen.push(`${name} ${clock.monotonicMs()}`);
    }
  };
  void wait('a', 10, 3);
  void wait('b', 15, 2);
  await clock.pass(30);
  assert.deepEqual(seen, ['a 10', 'b 15', 'a 20', 'b 30', 'a 30']);
  assert.equal(clock.monotonicMs(), 30);
});

test('time passes until nobody waits, or until a promise is settled', async () => {
  const clock = new TestClock();
  const repeat = (): void => void clock.after(60_000, repeat, { keepAlive: false });
  repeat();
  const hour = new Promise<number>((resolve) => clock.after(3_600_000, () => resolve(7)));
  assert.equal(await clock.passUntil(hour), 7);
  assert.equal(clock.monotonicMs(), 3_600_000);
  clock.after(5000, () => {});
  await clock.runUntilIdle();
  assert.equal(clock.monotonicMs(), 3_605_000);
  const endless = (): void => void clock.after(60_000, endless);
  endless();
  await assert.rejects(clock.runUntilIdle(3_600_000), /there are timers still/);
});
