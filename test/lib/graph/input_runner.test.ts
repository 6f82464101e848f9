import assert from 'node:assert/strict';
import test from 'node:test';
import type { Door } from '../../../lib/graph/door.ts';
import { InputRunner } from '../../../lib/graph/input_runner.ts';
import { silentLog } from '../../../lib/log.ts';
import type { Input } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf, counter, outcomeOf, TestDoor } from './doors.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function runnerOf(input: Input, door: Door, ack: 'stored' | 'delivered' = 'stored') {
  const clock = new TestClock();
  const emitted = counter();
  const runner = new InputRunner({
    id: 'under_test',
    input,
    door,
    ack,
    clock,
    log: silentLog,
    emitted,
    batches: counter(),
  });
  return { runner, clock, emitted };
}

test('what an input emits is counted and offered to its label', async () => {
  const door = new TestDoor();
  const { runner, emitted } = runnerOf(
    { run: (emit) => emit(batchOf('a', { n: 1 }, { n: 2 })) },
    door,
  );
  await runner.start();
  assert.equal(emitted.value, 2);
  assert.equal(door.taken.length, 1);
});

test('an input that throws is started again after a wait', async () => {
  let runs = 0;
  const { runner, clock } = runnerOf(
    {
      async run() {
        runs += 1;
        if (runs === 1) throw new Error('the first try fails');
      },
    },
    new TestDoor(),
  );
  const ended = runner.start();
  await tick();
  assert.equal(runs, 1);
  clock.advance(1000);
  await ended;
  assert.equal(runs, 2);
});

test('a door that throws settles the batch and does not reach the input', async () => {
  const batch = batchOf('a', { n: 1 });
  const broken: Door = {
    offer() {
      throw new Error('broken');
    },
  };
  const { runner } = runnerOf({ run: (emit) => emit(batch) }, broken);
  await runner.start();
  assert.equal(outcomeOf(batch), false);
});

test('an empty batch is acknowledged at once', async () => {
  const batch = batchOf('a');
  const door = new TestDoor();
  await runnerOf({ run: (emit) => emit(batch) }, door).runner.start();
  assert.equal(outcomeOf(batch), true);
  assert.equal(door.taken.length, 0);
});

test('with ack delivered the batch asks for delivery, and its outcome reaches the source', async () => {
  const batch = batchOf('a', { n: 1 });
  const door = new TestDoor();
  await runnerOf({ run: (emit) => emit(batch) }, door, 'delivered').runner.start();
  const [offered] = door.taken;
  assert.equal(offered?.delivery.level, 'delivered');
  assert.equal(outcomeOf(batch), undefined);
  offered?.delivery.ack();
  assert.equal(outcomeOf(batch), true);
});

test('stopping aborts the signal, waits for the input, and nacks what it emits afterwards', async () => {
  const late = batchOf('late', { n: 1 });
  let emitLate = async (): Promise<void> => {};
  const input: Input = {
    run: (emit, signal) =>
      new Promise((resolve) => {
        emitLate = () => emit(late);
        signal.addEventListener('abort', () => resolve());
      }),
  };
  const door = new TestDoor();
  const { runner } = runnerOf(input, door);
  runner.start();
  await runner.stop(never);
  await emitLate();
  assert.equal(late.delivery.outcome?.ok, false);
  assert.equal(door.taken.length, 0);
});

test('an input that does not stop is left behind when the time is up', async () => {
  const { runner } = runnerOf({ run: () => new Promise(() => {}) }, new TestDoor());
  runner.start();
  await runner.stop(AbortSignal.abort());
});
