import type { EntryFailure } from '../buffer/direct_sink.ts';
import type { Clock } from '../clock.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Log } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import type { Receipt } from '../plugin/contract.ts';
import type { LastResort } from './error_exit.ts';

/** Everything outside of the pipeline that it touches: injected, so that tests can replace it. */
export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricRegistry;
  readonly hostname: string;
  readonly workerId: number;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  /** The time zone of `localtime`; undefined: the system's. */
  readonly timeZone: string | undefined;
  /** Writes to the program's standard output. Undefined while there is room, else a promise of room; it never rejects. */
  print(text: string | Uint8Array): Promise<void> | undefined;
  /** Where events go that nothing can process; files below the root folder when absent. */
  readonly lastResort?: LastResort | undefined;
  readonly watcher?: Watcher | undefined;
}

/** Is told what becomes of events. It must neither throw nor wait. */
export interface Watcher {
  /** Entries go to `@ERROR`, or become dead letters for want of it: one failure for each. */
  onFailure?(batch: EventBatch, failures: readonly EntryFailure[]): void;
  /** No match wants the tag. */
  onUnmatched?(batch: EventBatch): void;
  onReceipt?(receipt: Receipt): void;
}
