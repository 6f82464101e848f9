import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Health, type HealthSettings } from '../../../lib/net/health.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const usual: HealthSettings = {
  heartbeatIntervalMs: 1000,
  hardTimeoutMs: 60_000,
  phiThreshold: 16,
  recoverWaitMs: 10_000,
};
const refused = new Error('refused');

/** A health, and what its listener was told. */
function healthOf(settings: Partial<HealthSettings> = {}) {
  const clock = new TestClock();
  const told: string[] = [];
  const health = new Health({ ...usual, ...settings }, clock, {
    onLost: ({ message }) => void told.push(`lost: ${message}`),
    onBack: () => void told.push('back'),
  });
  const pass = (ticks: number, isAlive: boolean): void => {
    for (let tick = 0; tick < ticks; tick += 1) {
      clock.advance(1000);
      if (isAlive) health.heard();
      health.tick();
    }
  };
  return { health, clock, told, pass };
}

test('a server is sound until it fails, and that is told once', () => {
  const { health, told } = healthOf();
  assert.ok(health.isSound);
  health.failed(refused);
  health.failed(refused);
  assert.ok(!health.isSound);
  assert.deepEqual(told, ['lost: refused']);
});

test('a server whose heartbeats stay away is lost by phi', () => {
  const { health, told, pass } = healthOf();
  pass(100, true);
  pass(36, false);
  assert.ok(health.isSound);
  pass(1, false);
  assert.ok(!health.isSound);
  assert.deepEqual(told, ['lost: it was silent for 37000 ms, which is a phi of 16.1']);
});

test('without phi, the hard timeout decides', () => {
  const { health, told, pass } = healthOf({ phiThreshold: undefined });
  pass(5, true);
  pass(60, false);
  assert.ok(health.isSound);
  pass(1, false);
  assert.deepEqual(told, ['lost: it was silent for 61000 ms']);
});

test('a lost server is back when its heartbeats have come for the recover wait, and that is told once', () => {
  const { health, told, pass } = healthOf();
  health.failed(refused);
  pass(30, false);
  pass(10, true);
  assert.ok(!health.isSound);
  pass(1, true);
  assert.ok(health.isSound);
  pass(50, true);
  assert.deepEqual(told, ['lost: refused', 'back']);
});

test('a failure on the way back makes it wait from the beginning', () => {
  const { health, pass } = healthOf();
  health.failed(refused);
  pass(10, true);
  health.failed(refused);
  pass(10, true);
  assert.ok(!health.isSound);
  pass(1, true);
  assert.ok(health.isSound);
});

test('a lost server that has taken a chunk is back at once', () => {
  const { health, told } = healthOf();
  health.failed(refused);
  health.delivered();
  assert.ok(health.isSound);
  assert.deepEqual(told, ['lost: refused', 'back']);
});

test('one that is tried again may have a chunk, and is back only when it has taken it', () => {
  const { health, told } = healthOf();
  health.failed(refused);
  health.tryAgain();
  assert.ok(health.isSound);
  health.failed(refused);
  assert.ok(!health.isSound);
  assert.deepEqual(told, ['lost: refused']);
  health.tryAgain();
  health.delivered();
  assert.deepEqual(told, ['lost: refused', 'back']);
});

test('chunks that are delivered faster than heartbeats come do not make it impatient', () => {
  const { health, clock, pass } = healthOf();
  for (let tick = 0; tick < 100; tick += 1) {
    for (let chunk = 0; chunk < 20; chunk += 1) health.delivered();
    clock.advance(1000);
    health.tick();
  }
  pass(30, false);
  assert.ok(health.isSound);
});

test('time before heartbeats are looked for is no silence', () => {
  const { health, clock, pass } = healthOf();
  clock.advance(3_600_000);
  health.begin();
  pass(10, false);
  assert.ok(health.isSound);
});

test('whatever happens, lost and back are told in turn, and say what is so', () => {
  const step = fc.constantFrom('tick', 'heard', 'silent', 'failed', 'delivered', 'tryAgain');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { health, told, pass } = healthOf({ recoverWaitMs: 2000 });
      for (const each of steps) {
        if (each === 'tick') health.tick();
        if (each === 'heard') pass(1, true);
        if (each === 'silent') pass(20, false);
        if (each === 'failed') health.failed(refused);
        if (each === 'delivered') health.delivered();
        if (each === 'tryAgain') health.tryAgain();
        told.forEach((line, index) => {
          assert.equal(line.startsWith('lost'), index % 2 === 0);
        });
        // Only one that is tried is sound without being back.
        if (!health.isSound) assert.equal(told.length % 2, 1);
      }
    }),
  );
});
