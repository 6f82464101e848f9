import assert from 'node:assert/strict';
import test from 'node:test';
import type { ForwardRefusal } from '../../../lib/net/forward_refusals.ts';
import { Patience } from '../../../lib/net/patience.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

/** Something that comes when it is let. */
class Awaited {
  come: () => void = () => {};
  readonly wait = (): Promise<void> =>
    new Promise((resolve) => {
      this.come = resolve;
    });
}

function start(idleMs: number | undefined) {
  const clock = new TestClock();
  const refusals: ForwardRefusal[] = [];
  const patience = new Patience({ idleMs, frameMs: 100 }, clock, (refusal) => {
    refusals.push(refusal);
  });
  return { clock, refusals, patience, awaited: new Awaited() };
}

test('what comes drop by drop has no more time than what comes at once', async () => {
  const { clock, refusals, patience, awaited } = start(undefined);
  for (let drop = 0; drop < 9; drop += 1) {
    const dropped = patience.forFrame(awaited.wait);
    clock.advance(11);
    awaited.come();
    await dropped;
  }
  const last = patience.forFrame(awaited.wait);
  clock.advance(1);
  assert.deepEqual(
    refusals.map(({ reason }) => reason),
    ['slow_frame'],
  );
  awaited.come();
  await last;
});

test('each frame has its own time, and none runs while nothing is awaited', async () => {
  const { clock, refusals, patience, awaited } = start(undefined);
  for (let frame = 0; frame < 3; frame += 1) {
    const waiting = patience.forFrame(awaited.wait);
    clock.advance(99);
    awaited.come();
    await waiting;
    clock.advance(1000);
    patience.renew();
  }
  assert.deepEqual(refusals, []);
});

test('who does not read what is written is not waited for', async () => {
  const { clock, refusals, patience, awaited } = start(undefined);
  const waiting = patience.forAcks(awaited.wait);
  clock.advance(100);
  assert.deepEqual(
    refusals.map(({ reason }) => reason),
    ['acks_unread'],
  );
  awaited.come();
  await waiting;
});

test('without a limit an idle client is waited for, with one it is not', async () => {
  for (const idleMs of [undefined, 50]) {
    const { clock, refusals, patience, awaited } = start(idleMs);
    const waiting = patience.forAny(awaited.wait, () => true);
    clock.advance(49);
    assert.equal(refusals.length, 0);
    clock.advance(1);
    assert.equal(refusals.length, idleMs === undefined ? 0 : 1);
    awaited.come();
    await waiting;
  }
});
