import type { Clock } from '../clock.ts';
import { MillraceError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import type { Log } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import type { Output } from '../plugin/contract.ts';
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
  readonly onReceipt: (receipt: Receipt) => Promise<void> | void;
  /** An entry that no chunk can hold: larger than a chunk, or `format` threw. It is not stored. */
  readonly emitError: (tag: string, entry: Entry, cause: Error) => void;
}

/** Tells that a chunk was delivered. */
export interface Receipt {
  readonly outputId: string;
  readonly chunkId: string;
  readonly tag: string;
  readonly count: number;
  readonly bytes: number;
  /** Attempts that it took: 1 when the first one succeeded. */
  readonly attempts: number;
  /** Since the chunk was begun. */
  readonly latencyMs: number;
}

/** What a buffer holds. */
export interface BufferStats {
  readonly stagedChunks: number;
  readonly stagedBytes: number;
  /** Sealed and not yet purged, whether waiting, being written or to be retried. */
  readonly queuedChunks: number;
  readonly queuedBytes: number;
  /** Batches whose callers wait for room. */
  readonly waitingBatches: number;
}

/** How a buffer is closed. */
export interface CloseOptions {
  /** How long flushing and settling may take; 10 s when absent. */
  readonly deadlineMs?: number;
}

/** Keeps batches for one output until they are delivered. */
export class OutputBuffer {
  /**
   * Takes the store into use and recovers what is there; damage never prevents it. Nothing is flushed yet.
   * @throws MR_BUFFER when another process uses the folder, or it cannot be made or written
   */
  static async open(_setup: BufferSetup): Promise<OutputBuffer> {
    throw new MillraceError('MR_BUFFER', 'buffers are being written');
  }

  /** Starts flush workers and timers. */
  start(): void {}

  /**
   * Stores a batch. Its delivery is acked once stored (or delivered, if that is its level) and nacked when it
   * cannot be. A promise means: there is no room for more before it resolves. Never throws.
   */
  append(_batch: EventBatch): Promise<void> | undefined {
    return undefined;
  }

  /** Boundaries of what is stored of a source and its branches, ascending: no batch may be offered across one. */
  storedEnds(_source: string): readonly number[] {
    return [];
  }

  /** Resolves when all that was appended before has been delivered or has become dead letters. */
  async flush(): Promise<void> {}

  stats(): BufferStats {
    return { stagedChunks: 0, stagedBytes: 0, queuedChunks: 0, queuedBytes: 0, waitingBatches: 0 };
  }

  /**
   * Accepts no more, settles what was accepted, flushes if `flush_at_shutdown`. Chunks that cannot be delivered
   * in time stay in a file buffer, and become dead letters from a memory buffer.
   */
  async close(_options: CloseOptions = {}): Promise<void> {}
}
