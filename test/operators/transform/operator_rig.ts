import { entriesBatch } from '../../../lib/codec/batch.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Operator } from '../../../lib/plugin/contract.ts';
import type { PluginCall } from '../../../lib/plugin/define.ts';
import { type TestContext, testContext } from '../../../lib/testing/test_context.ts';

const startSec = 1_700_000_000;

/** An operator alone: batches go in one by one, time moves when the test says so, and what comes out is kept. */
export class OperatorRig {
  readonly context: TestContext;
  readonly passed: EventBatch[] = [];
  /** What the operator threw, if it did. */
  failure: unknown;
  readonly #waiting: EventBatch[] = [];
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #isEnded = false;
  #arrived: () => void = () => {};

  constructor(call: PluginCall<'operator'>, context: TestContext = testContext()) {
    this.context = context;
    this.#running = this.#run(context.make(call));
  }

  /** Gives batches to the operator; resolves when it has done with them what it will do without time passing. */
  async feed(...batches: readonly EventBatch[]): Promise<void> {
    this.#waiting.push(...batches);
    this.#arrived();
    await settle();
  }

  async advance(ms: number): Promise<void> {
    this.context.clock.advance(ms);
    await settle();
  }

  /** Lets the source end; resolves when the operator has. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#arrived();
    await this.#running;
  }

  /** Aborts the operator's signal; resolves when the operator has ended. */
  async abort(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** The records that came out, batch by batch. */
  get records(): EventRecord[][] {
    return this.passed.map((batch) => batch.entries().map(({ record }) => record));
  }

  async #run(operator: Operator): Promise<void> {
    try {
      for await (const batch of operator(this.#source(), this.#abort.signal)) {
        this.passed.push(batch);
      }
    } catch (thrown) {
      this.failure = thrown;
    }
  }

  async *#source(): AsyncGenerator<EventBatch> {
    for (;;) {
      const batch = this.#waiting.shift();
      if (batch !== undefined) yield batch;
      else if (this.#isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
      }
    }
  }
}

/** A batch of records, all of them `seconds` after the start of the test clock. */
export function batchAt(seconds: number, tag: string, ...records: EventRecord[]): EventBatch {
  const time = new EventTime(startSec + seconds, 0);
  return entriesBatch(
    tag,
    records.map((record) => ({ time, record })),
  );
}

/** The same at the start of the test clock. */
export function batchOf(tag: string, ...records: EventRecord[]): EventBatch {
  return batchAt(0, tag, ...records);
}

/** Whether a batch was acked, or undefined while it is not settled. */
export function outcomeOf(batch: EventBatch): boolean | undefined {
  return batch.delivery.outcome?.ok;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
