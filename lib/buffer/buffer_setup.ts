import type { Clock } from '../clock.ts';
import type { Entry } from '../event/entry.ts';
import type { Log } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import type { Output, Receipt } from '../plugin/contract.ts';
import type { BufferPlan } from './options.ts';
import type { FileSystem } from './store/file_system.ts';

/** What a buffer is made of and what it reports to. */
export interface BufferSetup {
  /** The id of the output's plugin. */
  readonly id: string;
  readonly plan: BufferPlan;
  /** Opened by the buffer before the first write; closed by its owner, after the buffer. */
  readonly output: Output;
  /** Likewise. */
  readonly secondary: Output | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricRegistry;
  /** 0 <= random() < 1 */
  readonly random: () => number;
  /** The real one when absent. */
  readonly files?: FileSystem | undefined;
  readonly deadLetterFolder: string;
  /** The process's time zone; undefined: the system's. */
  readonly timeZone: string | undefined;
  /** Called for each delivered chunk; the flush worker waits for it. */
  readonly onReceipt: (receipt: Receipt) => Promise<void> | undefined;
  /** An entry that no chunk can hold: larger than a chunk, or `format` threw. It is not stored. */
  readonly emitError: (tag: string, entry: Entry, cause: Error) => void;
}
