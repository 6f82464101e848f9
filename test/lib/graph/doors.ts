import { entriesBatch } from '../../../lib/codec/batch.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import type { Door } from '../../../lib/graph/door.ts';
import { ErrorExit } from '../../../lib/graph/error_exit.ts';
import { silentLog } from '../../../lib/log.ts';
import { MetricRegistry } from '../../../lib/metric/metric.ts';

/** A door that takes everything and keeps it; `isOpen` false makes callers wait until `release`. */
export class TestDoor implements Door {
  readonly taken: EventBatch[] = [];
  isOpen = true;
  #waiting: (() => void)[] = [];

  offer(batch: EventBatch): Promise<void> | undefined {
    this.taken.push(batch);
    if (this.isOpen) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    this.isOpen = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The records that were taken, by tag. */
  get records(): [string, EventRecord[]][] {
    return this.taken.map((batch) => [batch.tag, batch.entries().map((entry) => entry.record)]);
  }
}

/** A batch of records, one second apart. */
export function batchOf(tag: string, ...records: EventRecord[]): EventBatch {
  return entriesBatch(
    tag,
    records.map((record, index) => ({ time: new EventTime(1_700_000_000 + index, 0), record })),
  );
}

/** A counter of its own. */
export function counter() {
  return new MetricRegistry().counter('test', 'For a test.');
}

/** An error exit to a door, or to dead letters that are kept in `buried`. */
export function exitTo(door: Door | undefined, buried: string[] = []): ErrorExit {
  return new ErrorExit({
    door,
    log: silentLog,
    errors: counter(),
    lastResort: {
      async keep(batch, failures) {
        if (batch.tag === 'unwritable') throw new MillraceError('MR_IO', 'no space left');
        buried.push(...failures.map((failure) => `${batch.tag}: ${failure.cause.message}`));
      },
    },
  });
}

/** Whether a batch was acked, or undefined while it is not settled. */
export function outcomeOf(batch: EventBatch): boolean | undefined {
  return batch.delivery.outcome?.ok;
}
