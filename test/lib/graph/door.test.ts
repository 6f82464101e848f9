import assert from 'node:assert/strict';
import test from 'node:test';
import { whenAll } from '../../../lib/graph/door.ts';

test('when no offer has to wait, nobody waits', () => {
  assert.equal(whenAll([]), undefined);
  assert.equal(whenAll([undefined, undefined]), undefined);
});

test('one wait is passed on as it is', () => {
  const wait = Promise.resolve();
  assert.equal(whenAll([undefined, wait]), wait);
});

test('several waits are over when the last one is', async () => {
  const resolves: (() => void)[] = [];
  const waits = [1, 2].map(() => new Promise<void>((resolve) => resolves.push(resolve)));
  let isOver = false;
  const over = whenAll([waits[0], undefined, waits[1]])?.then(() => {
    isOver = true;
  });
  resolves[1]?.();
  await waits[1];
  assert.equal(isOver, false);
  resolves[0]?.();
  await over;
  assert.equal(isOver, true);
});
