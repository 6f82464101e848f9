import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { Delivery } from '../../../lib/event/delivery.ts';
import { OperatorStage } from '../../../lib/graph/operator_stage.ts';
import { createLog, type LogLine, silentLog } from '../../../lib/log.ts';
import type { Operator } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf, outcomeOf } from './doors.ts';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** There is no `@ERROR`, and no room for dead letters: whoever sent the batch hears of it. */
function fail(batch: EventBatch, cause: Error): undefined {
  batch.delivery.nack(cause);
}

function stageOf(make: () => Operator, clock = new TestClock()) {
  const passed: string[] = [];
  const stage = new OperatorStage({ id: 'under_test', make, fail, clock, log: silentLog });
  stage.connect((batch) => {
    passed.push(batch.tag);
    batch.delivery.ack();
    return undefined;
  });
  stage.start();
  return { stage, passed, clock };
}

test('an operator passes batches on in order and finishes what it was given', async () => {
  const { stage, passed } = stageOf(
    () =>
      async function* (source) {
        yield* source;
      },
  );
  for (const tag of ['a', 'b', 'c']) stage.offer(batchOf(tag, { n: 1 }));
  await stage.end(never);
  assert.deepEqual(passed, ['a', 'b', 'c']);
});

test('an operator that throws is started again, and what it held is nacked', async () => {
  let starts = 0;
  const { stage, passed, clock } = stageOf(() => {
    starts += 1;
    return async function* (source: AsyncIterable<EventBatch>) {
      for await (const batch of source) {
        if (batch.tag === 'poison') throw new Error('poisoned');
        yield batch;
      }
    };
  });
  const poison = batchOf('poison', { n: 1 });
  stage.offer(poison);
  assert.equal((await poison.delivery.settled).ok, false);
  stage.offer(batchOf('a', { n: 1 }));
  await tick();
  clock.advance(1000);
  await tick();
  await stage.end(never);
  assert.equal(starts, 2);
  assert.deepEqual(passed, ['a']);
});

test('an operator that ends early loses nothing silently: what it held is nacked', async () => {
  const { stage } = stageOf(
    () =>
      async function* (source: AsyncIterable<EventBatch>) {
        for await (const _ of source) return;
        yield* source;
      },
  );
  const held = batchOf('a', { n: 1 });
  stage.offer(held);
  const outcome = await held.delivery.settled;
  assert.equal(outcome.ok, false);
});

test('an operator that does not take its batches makes the caller wait', async () => {
  const { stage } = stageOf(
    () =>
      async function* () {
        await new Promise(() => {});
      },
  );
  const waits = Array.from({ length: 16 }, (_, n) => stage.offer(batchOf('a', { n })));
  assert.equal(waits[14], undefined);
  assert.notEqual(waits[15], undefined);
});

test('an operator that never calls back is left behind when the time is up', async () => {
  const { stage } = stageOf(
    () =>
      async function* (source: AsyncIterable<EventBatch>) {
        for await (const _ of source) await new Promise(() => {});
      },
  );
  const held = batchOf('a', { n: 1 });
  const queued = batchOf('b', { n: 1 });
  stage.offer(held);
  await tick();
  stage.offer(queued);
  await stage.end(AbortSignal.abort());
  assert.equal(held.delivery.outcome?.ok, false);
  assert.equal(queued.delivery.outcome?.ok, false);
});

/** Like `stageOf`, but what the operator gives is kept unsettled. */
function keepingStage(make: () => Operator) {
  const given: EventBatch[] = [];
  const clock = new TestClock();
  const lines: LogLine[] = [];
  const log = createLog((line) => lines.push(line));
  const stage = new OperatorStage({ id: 'under_test', make, fail, clock, log });
  stage.connect((batch) => {
    given.push(batch);
    return undefined;
  });
  stage.start();
  return { stage, given, clock, lines };
}

const through: Operator = async function* (source) {
  yield* source;
};

test('what an operator has passed on is settled by those who took it, although it fails later', async () => {
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        for await (const batch of source) {
          if (batch.tag === 'poison') throw new Error('poisoned');
          yield batch;
        }
      },
  );
  const passed = batchOf('a', { n: 1 });
  const poison = batchOf('poison', { n: 1 });
  stage.offer(passed);
  stage.offer(poison);
  assert.equal((await poison.delivery.settled).ok, false);
  assert.equal(outcomeOf(passed), undefined);
  assert.equal(given[0]?.delivery, passed.delivery);
  given[0]?.delivery.ack();
  assert.equal(outcomeOf(passed), true);
  await stage.end(AbortSignal.abort());
});

test('an operator hears what became of a batch that it passed on', async () => {
  const heard: boolean[] = [];
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        for await (const batch of source) {
          batch.delivery.onSettled((outcome) => heard.push(outcome.ok));
          yield batch;
        }
      },
  );
  for (const tag of ['a', 'b']) stage.offer(batchOf(tag, { n: 1 }));
  await stage.end(never);
  given[0]?.delivery.ack();
  given[1]?.delivery.nack(new Error('full'));
  assert.deepEqual(heard, [true, false]);
});

test('a batch that an operator split and half of which it lost is nacked', async () => {
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        for await (const batch of source) {
          const [first] = batch.delivery.split(2);
          if (first !== undefined) yield batch.derive({ delivery: first });
          throw new Error('the other half is gone');
        }
      },
  );
  const batch = batchOf('a', { n: 1 });
  stage.offer(batch);
  assert.equal((await batch.delivery.settled).ok, false);
  given[0]?.delivery.ack();
  assert.equal(outcomeOf(batch), false);
  await stage.end(AbortSignal.abort());
});

test('batches that an operator joins or splits settle with what became of them', async () => {
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        const held: EventBatch[] = [];
        for await (const batch of source) held.push(batch);
        const [first] = held;
        if (first === undefined) return;
        const joined = Delivery.join(held.map((batch) => batch.delivery));
        for (const delivery of joined.split(2)) yield first.derive({ delivery });
      },
  );
  const batches = ['a', 'b', 'c'].map((tag) => batchOf(tag, { n: 1 }));
  for (const batch of batches) stage.offer(batch);
  await stage.end(never);
  assert.deepEqual(batches.map(outcomeOf), [undefined, undefined, undefined]);
  for (const batch of given) batch.delivery.ack();
  assert.deepEqual(batches.map(outcomeOf), [true, true, true]);
});

test('what an operator swallowed is nacked at its end; what it split, when the time is up', async () => {
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        for await (const batch of source) {
          if (batch.tag === 'swallowed') continue;
          const [first] = batch.delivery.split(2);
          if (first !== undefined) yield batch.derive({ delivery: first });
        }
      },
  );
  const swallowed = batchOf('swallowed', { n: 1 });
  const halved = batchOf('a', { n: 1 });
  for (const batch of [swallowed, halved]) stage.offer(batch);
  const time = new AbortController();
  await stage.end(time.signal);
  given[0]?.delivery.ack();
  assert.deepEqual([swallowed, halved].map(outcomeOf), [false, undefined]);
  time.abort();
  assert.equal((await halved.delivery.settled).ok, false);
});

test('several batches made of one have origins of their own, the first one that of the source', async () => {
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        for await (const batch of source) {
          for (const delivery of batch.delivery.split(3)) yield batch.derive({ delivery });
        }
      },
  );
  const origin = { source: 'tail:1', epoch: 0, begin: 0, end: 9, low: 0 };
  const batch = batchOf('a', { n: 1 }).derive({ origin });
  stage.offer(batch);
  stage.offer(batch.derive({ delivery: new Delivery() }));
  while (given.length < 6) await tick();
  const sources = given.map((each) => each.origin?.source);
  assert.deepEqual(sources.slice(0, 3), ['tail:1', 'tail:1/under_test:1', 'tail:1/under_test:2']);
  assert.deepEqual(sources.slice(3), sources.slice(0, 3));
  await stage.end(never);
});

test('an empty batch that an operator gives is acknowledged', async () => {
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        for await (const batch of source) yield batch.with([]);
      },
  );
  const batch = batchOf('a', { n: 1 });
  stage.offer(batch);
  assert.equal((await batch.delivery.settled).ok, true);
  assert.deepEqual(given, []);
  await stage.end(never);
});

test('an operator that fails while it waits for a batch does not take the next one with it', async () => {
  let runs = 0;
  let fail = (): void => {};
  const { stage, given, clock } = keepingStage(() => {
    runs += 1;
    if (runs > 1) return through;
    return async function* (source) {
      const waiting = source[Symbol.asyncIterator]().next();
      const failed = new Promise<never>((_, reject) => {
        fail = () => reject(new Error('the timer of the window failed'));
      });
      yield (await Promise.race([waiting, failed])).value;
    };
  });
  await tick();
  fail();
  await tick();
  const batch = batchOf('a', { n: 1 });
  stage.offer(batch);
  await tick();
  clock.advance(1000);
  await tick();
  assert.equal(runs, 2);
  assert.deepEqual(
    given.map(({ tag }) => tag),
    ['a'],
  );
  await stage.end(never);
});

test('an operator that gives something that is no batch fails itself alone', async () => {
  const careless = async function* () {
    yield { tag: 'a' };
  };
  // Operators in JavaScript are checked by nobody else.
  const { stage, given, lines } = keepingStage(() => careless as unknown as Operator);
  await tick();
  assert.match(String(lines[0]?.fields['error']), /gives something that is no batch/);
  assert.deepEqual(given, []);
  await stage.end(never);
});

test('an operator that cannot be made nacks nothing that waits, and is tried again', async () => {
  let tries = 0;
  const { stage, given, clock } = keepingStage(() => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return through;
  });
  const batch = batchOf('a', { n: 1 });
  stage.offer(batch);
  await tick();
  assert.equal(outcomeOf(batch), undefined);
  clock.advance(1000);
  await tick();
  assert.equal(given.length, 1);
  await stage.end(never);
});

test('an operator that fails while it ends is not tried again, and what waits is nacked', async () => {
  let runs = 0;
  const { stage } = keepingStage(() => {
    runs += 1;
    return async function* (source: AsyncIterable<EventBatch>) {
      for await (const batch of source) {
        yield batch;
        throw new Error('no more');
      }
    };
  });
  const batches = ['a', 'b', 'c'].map((tag) => batchOf(tag, { n: 1 }));
  for (const batch of batches) stage.offer(batch);
  await tick();
  await stage.end(never);
  assert.equal(runs, 2);
  assert.deepEqual(batches.map(outcomeOf), [undefined, undefined, false]);
});

test('an ended operator nacks what is offered, and lets those go on who wait for room', async () => {
  const { stage } = keepingStage(
    () =>
      async function* () {
        await new Promise(() => {});
      },
  );
  const waits = Array.from({ length: 20 }, (_, n) => stage.offer(batchOf('a', { n })));
  await stage.end(AbortSignal.abort());
  await Promise.all(waits);
  const late = batchOf('b', { n: 1 });
  assert.equal(stage.offer(late), undefined);
  assert.equal(outcomeOf(late), false);
});

test('a batch that an operator throws on comes again an entry at a time, at once, and one entry is to blame', async () => {
  const { stage, given } = keepingStage(
    () =>
      async function* (source) {
        for await (const batch of source) {
          if (batch.entries().some(({ record }) => record['n'] === 2)) throw new Error('two');
          yield batch;
        }
      },
  );
  const origin = { source: 'tail:1', epoch: 0, begin: 0, end: 9, low: 0 };
  const batch = batchOf('a', { n: 1 }, { n: 2 }, { n: 3 }).derive({ origin });
  stage.offer(batch);
  while (given.length < 2) await tick();
  assert.deepEqual(
    given.map((each) => [each.entries()[0]?.record['n'], each.origin?.source]),
    [
      [1, 'tail:1/under_test.0'],
      [3, 'tail:1/under_test.2'],
    ],
  );
  assert.equal(outcomeOf(batch), undefined);
  for (const each of given) each.delivery.ack();
  assert.equal(outcomeOf(batch), false);
  await stage.end(never);
});

test('a stage has caught up when its operator asks for what follows, whatever it keeps', async () => {
  const passed: string[] = [];
  const steps: (() => void)[] = [];
  const { stage } = stageOf(
    () =>
      async function* (source: AsyncIterable<EventBatch>) {
        const kept: EventBatch[] = [];
        for await (const batch of source) {
          await new Promise<void>((resolve) => steps.push(resolve));
          if (batch.tag === 'kept') kept.push(batch);
          else yield batch;
        }
        yield* kept;
      },
  );
  stage.connect((batch) => {
    passed.push(batch.tag);
    batch.delivery.ack();
    return undefined;
  });
  for (const tag of ['a', 'kept', 'b']) stage.offer(batchOf(tag, { n: 1 }));
  const caughtUp = stage.caughtUp().then(() => passed.push('caught up'));
  stage.offer(batchOf('c', { n: 1 }));
  for (let step = 0; step < 4; step += 1) {
    await tick();
    steps.shift()?.();
  }
  await caughtUp;
  await stage.end(never);
  assert.deepEqual(passed, ['a', 'b', 'caught up', 'c', 'kept']);
  await stage.caughtUp();
});

test('who waits for a stage to catch up goes on when it is ended', async () => {
  const { stage } = stageOf(
    () =>
      async function* () {
        await new Promise(() => {});
      },
  );
  stage.offer(batchOf('a', { n: 1 }));
  const caughtUp = stage.caughtUp();
  await stage.end(AbortSignal.abort());
  await caughtUp;
});
