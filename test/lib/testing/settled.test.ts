import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { settled } from '../../../lib/testing/settled.ts';

test('waits for promises, callbacks and files', async () => {
  let isOver = false;
  const work = async (): Promise<void> => {
    for (let n = 0; n < 5; n += 1) {
      await readFile(import.meta.filename);
      await new Promise(setImmediate);
      await new Promise((resolve) => process.nextTick(resolve));
    }
    isOver = true;
  };
  void work();
  await settled();
  assert(isOver);
});

test('several that wait do not wait for one another, nor for a timer', async () => {
  const timer = setTimeout(() => {}, 60_000);
  await Promise.all([settled(), settled(), settled().then(settled)]);
  clearTimeout(timer);
});
