import assert from 'node:assert/strict';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { Operator } from '../../../lib/plugin/contract.ts';
import { type TimedStage, timedOperator } from '../../../lib/plugin/timed_operator.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

const never = new AbortController().signal;
const batch = (tag: string): EventBatch => entriesBatch(tag, []);
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Holds one batch for a second. */
class Holder implements TimedStage {
  readonly #clock: TestClock;
  #held: EventBatch[] = [];
  #dueMs: number | undefined;
  isClosed = false;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  take(taken: EventBatch): EventBatch[] {
    if (taken.tag === 'bad') throw new Error('bad');
    this.#held.push(taken);
    this.#dueMs ??= this.#clock.monotonicMs() + 1000;
    return [];
  }

  dueInMs(): number | undefined {
    return this.#dueMs === undefined ? undefined : this.#dueMs - this.#clock.monotonicMs();
  }

  due(): EventBatch[] {
    this.#dueMs = undefined;
    return this.#held.splice(0);
  }

  end(): EventBatch[] {
    return this.due();
  }

  close(): void {
    this.isClosed = true;
  }
}

function holding() {
  const clock = new TestClock();
  const stage = new Holder(clock);
  return { clock, stage, operator: timedOperator(clock, () => stage) };
}

async function tagsOf(
  operator: Operator,
  source: AsyncIterable<EventBatch>,
  signal: AbortSignal,
  tags: string[] = [],
): Promise<string[]> {
  for await (const { tag } of operator(source, signal)) tags.push(tag);
  return tags;
}

async function* endless(returned: string[] = []): AsyncGenerator<EventBatch> {
  try {
    yield batch('a');
    await new Promise(() => {});
  } finally {
    returned.push('source');
  }
}

test('what is held goes out when its time is up, although the source gives nothing more', async () => {
  const { clock, operator } = holding();
  const tags: string[] = [];
  tagsOf(operator, endless(), never, tags);
  await tick();
  clock.advance(999);
  await tick();
  assert.deepEqual(tags, []);
  clock.advance(1);
  await tick();
  assert.deepEqual(tags, ['a']);
  assert.equal(clock.timers, 0);
});

test('a source that never pauses does not hold up what is due', async () => {
  const { clock, operator } = holding();
  async function* fast(): AsyncGenerator<EventBatch> {
    for (let n = 0; n < 25; n += 1) {
      clock.advance(100);
      yield batch(String(n));
    }
  }
  const order: string[] = [];
  const noting: Operator = async function* (source, signal) {
    const noted = (async function* () {
      for await (const each of source) {
        order.push(`in ${each.tag}`);
        yield each;
      }
    })();
    yield* operator(noted, signal);
  };
  for await (const { tag } of noting(fast(), never)) order.push(`out ${tag}`);
  // Batch 0 comes at 100 ms, so at 1100 ms, which is batch 10, it has to be out.
  assert.equal(order.indexOf('out 0'), order.indexOf('in 10') + 1);
  assert.equal(order.length, 50);
});

test('what is held goes out when the source ends', async () => {
  const { clock, stage, operator } = holding();
  async function* two(): AsyncGenerator<EventBatch> {
    yield batch('a');
    yield batch('b');
  }
  assert.deepEqual(await tagsOf(operator, two(), never), ['a', 'b']);
  assert.equal(clock.timers, 0);
  assert(stage.isClosed);
});

test('an aborted operator gives nothing more and leaves no timer', async () => {
  const { clock, stage, operator } = holding();
  const abort = new AbortController();
  const running = tagsOf(operator, endless(), abort.signal);
  await tick();
  abort.abort();
  assert.deepEqual(await running, []);
  assert.equal(clock.timers, 0);
  assert(stage.isClosed);
  assert.deepEqual(await tagsOf(operator, endless(), abort.signal), []);
});

test('what the source or the stage throws ends the operator', async () => {
  async function* failing(): AsyncGenerator<EventBatch> {
    yield batch('a');
    throw new Error('the source failed');
  }
  await assert.rejects(tagsOf(holding().operator, failing(), never), /the source failed/);
  const returned: string[] = [];
  async function* poison(): AsyncGenerator<EventBatch> {
    try {
      yield batch('bad');
      yield batch('never read');
    } finally {
      returned.push('source');
    }
  }
  const { operator, stage } = holding();
  await assert.rejects(tagsOf(operator, poison(), never), /bad/);
  await tick();
  assert.deepEqual([returned, stage.isClosed], [['source'], true]);
});
