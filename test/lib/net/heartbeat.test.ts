import assert from 'node:assert/strict';
import test from 'node:test';
import { Health } from '../../../lib/net/health.ts';
import { Heartbeat, type Probe } from '../../../lib/net/heartbeat.ts';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

/** A heartbeat that has begun, on a clock that stands still. */
function heartbeatOf(probe: Probe | undefined, seed = 1) {
  const clock = new TestClock();
  const settings = { heartbeatIntervalMs: 1000, hardTimeoutMs: 60_000, phiThreshold: 16 };
  const health = new Health({ ...settings, recoverWaitMs: 10_000 }, clock, {
    onLost: () => {},
    onBack: () => {},
  });
  const heartbeat = new Heartbeat({
    ...{ probe, health, clock },
    intervalMs: 1000,
    recoverWaitMs: 10_000,
    random: seededRandom(seed),
  });
  heartbeat.start();
  return { heartbeat, health, clock };
}

/** A probe that notes when it was asked, and finds what `isAlive` says. */
function notingProbe(isAlive: () => boolean) {
  const askedMs: number[] = [];
  const probe = (clock: TestClock): boolean => {
    askedMs.push(clock.monotonicMs());
    if (!isAlive()) throw new Error('refused');
    return true;
  };
  return { askedMs, probe };
}

test('a sign of life is looked for every interval, a little earlier or later', async () => {
  const { askedMs, probe } = notingProbe(() => true);
  const { clock, heartbeat } = heartbeatOf(async () => probe(clock));
  await clock.pass(20_000);
  heartbeat.stop();
  assert.ok(askedMs.length >= 18 && askedMs.length <= 23, String(askedMs.length));
  const gaps = askedMs.slice(1).map((ms, index) => ms - (askedMs[index] ?? 0));
  for (const gap of gaps) assert.ok(gap >= 900 && gap <= 1100);
  assert.ok(new Set(gaps).size > 10);
});

test('while chunks are delivered nobody is asked', async () => {
  const { askedMs, probe } = notingProbe(() => true);
  const { clock, heartbeat, health } = heartbeatOf(async () => probe(clock));
  for (let turn = 0; turn < 50; turn += 1) {
    health.delivered();
    await clock.pass(200);
  }
  heartbeat.stop();
  assert.deepEqual(askedMs, []);
});

test('a server that refuses is lost at once, and asked at growing intervals up to half the recover wait', async () => {
  const { askedMs, probe } = notingProbe(() => false);
  const { clock, heartbeat, health } = heartbeatOf(async () => probe(clock));
  await clock.pass(120_000);
  heartbeat.stop();
  assert.ok(!health.isSound);
  const gaps = askedMs.slice(1).map((ms, index) => ms - (askedMs[index] ?? 0));
  assert.ok((gaps[0] ?? 0) <= 1000);
  for (const gap of gaps) assert.ok(gap <= 5000);
  for (const gap of gaps.slice(4)) assert.ok(gap >= 2500);
  assert.ok(new Set(gaps).size > 10);
});

test('one that answers again is back after the recover wait', async () => {
  let isAlive = false;
  const { probe } = notingProbe(() => isAlive);
  const { clock, heartbeat, health } = heartbeatOf(async () => probe(clock));
  await clock.pass(60_000);
  isAlive = true;
  await clock.pass(9_000);
  assert.ok(!health.isSound);
  await clock.pass(9_000);
  assert.ok(health.isSound);
  heartbeat.stop();
});

test('many agents do not ask at the same moment', async () => {
  const first = await Promise.all(
    Array.from({ length: 20 }, async (_, seed) => {
      const { askedMs, probe } = notingProbe(() => true);
      const { clock, heartbeat } = heartbeatOf(async () => probe(clock), seed);
      await clock.pass(1000);
      heartbeat.stop();
      return askedMs[0];
    }),
  );
  assert.equal(new Set(first).size, 20);
});

test('without a probe a server that failed is tried again after about the recover wait', async () => {
  const { clock, heartbeat, health } = heartbeatOf(undefined);
  health.failed(new Error('gone'));
  heartbeat.onFailed();
  await clock.pass(7_400);
  assert.ok(!health.isSound);
  await clock.pass(2_600);
  assert.ok(health.isSound);
  heartbeat.stop();
  assert.equal(clock.timers, 0);
});

test('after the stop nothing is asked and no timer is left, whatever a probe finds', async () => {
  let finish = (): void => {};
  const { clock, heartbeat, health } = heartbeatOf(
    (signal) =>
      new Promise((_, reject) => {
        finish = () => reject(new Error('stopped'));
        signal.addEventListener('abort', finish, { once: true });
      }),
  );
  await clock.pass(1000);
  heartbeat.stop();
  await clock.pass(0);
  assert.ok(health.isSound);
  assert.equal(clock.timers, 0);
});
