import type { EntryFailure } from '../buffer/direct_sink.ts';
import type { EventBatch } from '../event/batch.ts';
import type { TaggedEntry } from '../event/entry.ts';
import type { LastResort } from '../graph/error_exit.ts';
import type { Watcher, World } from '../graph/world.ts';
import { createLog, type LogLine } from '../log.ts';
import { MetricRegistry } from '../metric/metric.ts';
import type { Receipt } from '../plugin/contract.ts';

/** An event that went to `@ERROR`, and why. */
export interface FailedEvent extends TaggedEntry {
  /** The id of the plugin that could not process it. */
  readonly pluginId: string;
  readonly cause: Error;
}

/** Everything that a pipeline under test does to its world. */
export class Recording implements Watcher, LastResort {
  readonly metrics = new MetricRegistry();
  readonly logs: LogLine[] = [];
  readonly printed: string[] = [];
  readonly receipts: Receipt[] = [];
  readonly errors: FailedEvent[] = [];
  readonly unmatched: TaggedEntry[] = [];
  readonly log = createLog((line) => void this.logs.push(line), 'trace');

  onFailure(batch: EventBatch, failures: readonly EntryFailure[]): void {
    for (const [index, event] of eventsOf(batch).entries()) {
      const { stageId = '', cause = new Error() } = failures[index] ?? failures[0] ?? {};
      this.errors.push({ ...event, pluginId: stageId, cause });
    }
  }

  onUnmatched(batch: EventBatch): void {
    this.unmatched.push(...eventsOf(batch));
  }

  onReceipt(receipt: Receipt): void {
    this.receipts.push(receipt);
  }

  /** What nothing can process is among the errors already. */
  async keep(): Promise<void> {}

  readonly print: World['print'] = (text) => {
    this.printed.push(typeof text === 'string' ? text : Buffer.from(text).toString());
    return undefined;
  };
}

/** The entries of a batch, each with the tag. */
function eventsOf(batch: EventBatch): TaggedEntry[] {
  return batch.entries().map(({ time, record }) => ({ tag: batch.tag, time, record }));
}
