import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { ErrorExit, type LastResort } from '../../../lib/graph/error_exit.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import { batchOf, counter, outcomeOf, TestDoor } from './doors.ts';

const odd = new Error('odd');
const failures = [{ stageId: 'grep', cause: odd }];

function exitOf(door: TestDoor | undefined, lastResort: Partial<LastResort> = {}) {
  const lines: LogLine[] = [];
  const errors = counter();
  const keep = async (): Promise<void> => {};
  const log = createLog((line) => lines.push(line));
  const exit = new ErrorExit({ door, lastResort: { keep, ...lastResort }, log, errors });
  return { exit, lines, errors };
}

test('failed entries go to the @ERROR label with their delivery, are counted and told', () => {
  const door = new TestDoor();
  const { exit, lines, errors } = exitOf(door);
  const batch = batchOf('a', { n: 1 }, { n: 2 });
  assert.equal(exit.offer(batch, failures), undefined);
  assert.deepEqual(door.taken, [batch]);
  assert.equal(outcomeOf(batch), undefined);
  assert.equal(errors.value, 2);
  assert.deepEqual(lines[0]?.fields, {
    tag: 'a',
    count: 2,
    plugin: 'grep',
    error: odd,
    to: '@ERROR',
  });
});

test('whoever sends failed entries waits while the @ERROR label is full', async () => {
  const door = new TestDoor();
  door.isOpen = false;
  const { exit } = exitOf(door);
  const wait = exit.offer(batchOf('a', { n: 1 }), failures);
  assert.notEqual(wait, undefined);
  door.release();
  await wait;
});

test('without a label they are acknowledged once the last resort has them', async () => {
  let keep = (): void => {};
  const { exit, lines } = exitOf(undefined, {
    keep: () =>
      new Promise((resolve) => {
        keep = resolve;
      }),
  });
  const batch = batchOf('a', { n: 1 });
  const wait = exit.offer(batch, failures);
  assert.equal(outcomeOf(batch), undefined);
  keep();
  await wait;
  assert.equal(outcomeOf(batch), true);
  assert.equal(lines[0]?.fields['to'], 'dead letters');
});

test('a last resort that fails, in whatever way, is told and never acknowledged', async () => {
  const gone = new Error('gone');
  for (const keep of [
    () => Promise.reject(gone),
    () => {
      throw gone;
    },
  ]) {
    const { exit, lines } = exitOf(undefined, { keep });
    const batch = batchOf('a', { n: 1 });
    await exit.offer(batch, failures);
    assert.deepEqual(batch.delivery.outcome, { ok: false, cause: gone });
    assert.equal(lines.at(-1)?.message, 'dead letters could not be written');
  }
});

test('an entry that a plugin reports by itself goes the same way', () => {
  const door = new TestDoor();
  const { exit } = exitOf(door);
  exit.emit('tail', 'app', { time: new EventTime(1, 2), record: { line: '?' } }, odd);
  assert.deepEqual(door.records, [['app', [{ line: '?' }]]]);
});
