import assert from 'node:assert/strict';
import test from 'node:test';
import { delay, sharedAbort, systemClock, whenAborted } from '../../lib/clock.ts';
import { TestClock } from '../../lib/testing/test_clock.ts';

/** The system clock's `now` in milliseconds. */
function exactMs(): number {
  const { sec, nsec } = systemClock.now();
  assert(Number.isInteger(sec) && Number.isInteger(nsec));
  assert(nsec >= 0 && nsec < 1e9);
  return sec * 1000 + nsec / 1e6;
}

/** `read` gives a time between the two moments, give or take the slack that following a slew takes. */
function staysNear(read: () => number): void {
  const before = Date.now();
  const seen = read();
  assert(seen >= before - 3 && seen <= Date.now() + 3, `${seen} is not near ${before}`);
}

test('wall time is the system’s, finer than a millisecond', () => {
  staysNear(exactMs);
  staysNear(systemClock.nowMs);
  const fractions = Array.from({ length: 50 }, () => systemClock.now().nsec % 1e6);
  assert(fractions.some((fraction) => fraction !== 0));
});

test('wall time follows a step of the system clock, forwards and backwards', (context) => {
  const real = Date.now.bind(Date);
  let stepMs = 0;
  context.mock.method(Date, 'now', () => real() + stepMs);
  for (const step of [3_600_000, -3_600_000, -86_400_000, 5, -5, 0]) {
    stepMs = step;
    staysNear(exactMs);
  }
});

test('wall time follows a slew by less than its slack without a jump backwards', (context) => {
  const real = Date.now.bind(Date);
  let aheadMs = 0;
  context.mock.method(Date, 'now', () => real() + aheadMs);
  let last = exactMs();
  for (let step = 0; step < 200; step += 1) {
    aheadMs += 1;
    const next = exactMs();
    assert(next >= last);
    last = next;
  }
  staysNear(exactMs);
});

test('monotonic time does not follow the wall clock', (context) => {
  const before = systemClock.monotonicMs();
  const real = Date.now.bind(Date);
  context.mock.method(Date, 'now', () => real() - 3_600_000);
  const after = systemClock.monotonicMs();
  assert(after >= before && after - before < 60_000);
});

test('a timer fires once, and not when it was cancelled', async () => {
  let cancelled = 0;
  const timer = systemClock.after(0, () => {
    cancelled += 1;
  });
  timer.cancel();
  timer.cancel();
  let fired = 0;
  await new Promise<void>((resolve) => {
    systemClock.after(-5, () => {
      fired += 1;
      resolve();
    });
  });
  await new Promise<void>((resolve) => {
    systemClock.after(2, resolve);
  });
  assert.equal(fired, 1);
  assert.equal(cancelled, 0);
});

test('a timer that lies further ahead than Node’s timers reach does not fire early', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  const timer = systemClock.after(2 ** 31 + 1000, () => {
    fired += 1;
  });
  context.mock.timers.tick(2 ** 31 - 1);
  context.mock.timers.tick(2 ** 31 - 1);
  assert.equal(fired, 0);
  timer.cancel();
});

test('a delay ends when its time is up, and takes its listener off the signal', async () => {
  const clock = new TestClock();
  const { signal } = new AbortController();
  const added: unknown[] = [];
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: () => void) => {
    added.push(listener);
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: () => void) => {
    added.splice(added.indexOf(listener), 1);
    remove(type, listener);
  };
  const waiting = delay(clock, 1000, signal);
  assert.equal(added.length, 1);
  clock.advance(1000);
  await waiting;
  assert.equal(added.length, 0);
});

test('an aborted signal ends a delay at once and leaves no timer', async () => {
  const clock = new TestClock();
  const controller = new AbortController();
  const waiting = delay(clock, 1000, controller.signal);
  assert.equal(clock.timers, 1);
  controller.abort();
  await waiting;
  await delay(clock, 1000, controller.signal);
  assert.equal(clock.timers, 0);
});

test('all who wait for a signal hear of it, whether it is aborted already or later', async () => {
  await whenAborted(AbortSignal.abort());
  const controller = new AbortController();
  let added = 0;
  const add = controller.signal.addEventListener.bind(controller.signal);
  controller.signal.addEventListener = (type: string, listener: () => void) => {
    added += 1;
    add(type, listener);
  };
  const waits = Array.from({ length: 20 }, () => whenAborted(controller.signal));
  controller.abort();
  await Promise.all(waits);
  assert.equal(added, 1);
});

test('a shared signal takes any number of listeners without a warning', async () => {
  const { signal } = sharedAbort();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => {
    if (warning.name === 'MaxListenersExceededWarning') warnings.push(warning);
  };
  process.on('warning', onWarning);
  for (let count = 0; count < 20; count += 1) signal.addEventListener('abort', () => {});
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
});
