import assert from 'node:assert/strict';
import test from 'node:test';
import type { Door } from '../../../lib/graph/door.ts';
import { InputRunner } from '../../../lib/graph/input_runner.ts';
import { createLog, type LogLine } from '../../../lib/log.ts';
import type { Input } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf, counter, outcomeOf, TestDoor } from './doors.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function runnerOf(
  input: Input,
  door: Door,
  ack: 'stored' | 'delivered' = 'stored',
  lines: LogLine[] = [],
) {
  const clock = new TestClock();
  const emitted = counter();
  const runner = new InputRunner({
    id: 'under_test',
    input,
    door,
    ack,
    clock,
    log: createLog((line) => lines.push(line)),
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

test('the wait doubles while an input fails at once, up to half a minute, and is short again after a long run', async () => {
  const lines: LogLine[] = [];
  let fail = (): void => {};
  const input: Input = {
    run: () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('again'));
      }),
  };
  const { runner, clock } = runnerOf(input, new TestDoor(), 'stored', lines);
  runner.start();
  for (const wait of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    fail();
    await tick();
    clock.advance(wait);
    await tick();
  }
  clock.advance(31_000);
  fail();
  await tick();
  assert.deepEqual(
    lines.map(({ fields }) => fields['waitMs']),
    [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 1000],
  );
  await runner.stop(never);
});

test('an input that throws something else than its abort while it stops is told of', async () => {
  for (const [name, count] of [
    ['AbortError', 0],
    ['TypeError', 1],
  ] as const) {
    const lines: LogLine[] = [];
    const input: Input = {
      run: (_, signal) =>
        new Promise((_resolve, reject) => {
          const error = Object.assign(new Error('stopping'), { name });
          signal.addEventListener('abort', () => reject(error));
        }),
    };
    const { runner } = runnerOf(input, new TestDoor(), 'stored', lines);
    runner.start();
    await runner.stop(never);
    assert.equal(lines.length, count);
  }
});

test('an input that emits something that is no batch fails itself alone', async () => {
  const lines: LogLine[] = [];
  // Inputs in JavaScript are checked by nobody else.
  const input = { run: (emit: (batch: unknown) => Promise<void>) => emit('a line') } as Input;
  const door = new TestDoor();
  const { runner } = runnerOf(input, door, 'stored', lines);
  runner.start();
  await tick();
  assert.match(String(lines[0]?.fields['error']), /emits something that is no batch/);
  assert.deepEqual(door.taken, []);
  await runner.stop(never);
});

test('an input that was never started stops at once', async () => {
  const lines: LogLine[] = [];
  const { runner } = runnerOf({ run: async () => {} }, new TestDoor(), 'stored', lines);
  await runner.stop(never);
  assert.deepEqual(lines, []);
});
