import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { LogTap } from '../../../lib/graph/log_tap.ts';
import { createLog } from '../../../lib/log.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { counter, TestDoor } from './doors.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a log line becomes an event with the tag of its level', async () => {
  const tap = new LogTap(new TestClock(), counter());
  const door = new TestDoor();
  tap.connect(door);
  createLog(tap.sink).warn('look', { plugin: 'x', error: new Error('why') });
  await tick();
  assert.deepEqual(door.records, [
    ['fluent.warn', [{ message: 'look', plugin: 'x', error: 'why' }]],
  ]);
});

test('lines that arise from passing a line on are not passed on again', async () => {
  const tap = new LogTap(new TestClock(), counter());
  const log = createLog(tap.sink);
  const taken: EventBatch[] = [];
  tap.connect({
    offer(batch) {
      taken.push(batch);
      log.error('the output of the log fails');
      return undefined;
    },
  });
  log.warn('look');
  await tick();
  await tick();
  assert.equal(taken.length, 1);
});

test('while its output is full, lines are dropped and counted, and nobody waits', async () => {
  const dropped = counter();
  const tap = new LogTap(new TestClock(), dropped);
  const door = new TestDoor();
  door.isOpen = false;
  tap.connect(door);
  const log = createLog(tap.sink);
  log.info('one');
  await tick();
  log.info('two');
  log.info('three');
  await tick();
  assert.equal(door.taken.length, 1);
  assert.equal(dropped.value, 2);
  door.release();
  await tick();
  log.info('four');
  await tick();
  assert.equal(door.taken.length, 2);
});

test('a burst of lines is cut at a thousand', async () => {
  const dropped = counter();
  const tap = new LogTap(new TestClock(), dropped);
  tap.connect(new TestDoor());
  for (let n = 0; n < 1005; n += 1) createLog(tap.sink).info('line');
  assert.equal(dropped.value, 5);
  await tick();
});

test('a field that cannot be printed stops neither its line nor the next', async () => {
  const tap = new LogTap(new TestClock(), counter());
  const door = new TestDoor();
  tap.connect(door);
  const log = createLog(tap.sink);
  log.info('odd', { bare: Object.create(null), list: [1, 2], big: 1n, none: undefined });
  await tick();
  log.info('next');
  await tick();
  const [odd, next] = door.records;
  assert.deepEqual(odd?.[1][0]?.['list'], '1,2');
  assert.deepEqual(odd?.[1][0]?.['big'], 1n);
  assert.equal(odd?.[1][0]?.['none'], null);
  assert.deepEqual(next, ['fluent.info', [{ message: 'next' }]]);
});
