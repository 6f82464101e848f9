import type { Log, LogLevel } from '../log.ts';
import type { EmbeddingWorld } from '../plugin/stream_settings.ts';

/** What a pipeline that runs inside of a program may be given of the world; the usual where absent. */
export interface RunOptions extends EmbeddingWorld {
  /** Aborted, it stops the pipeline as `stop` does. */
  readonly signal?: AbortSignal | undefined;
  /** Standard error unless given. */
  readonly log?: Log | undefined;
  /** The least level that is logged to standard error: `warn` unless said here or by the pipeline. */
  readonly logLevel?: LogLevel | undefined;
}

/** A pipeline that runs inside of a program. `await using` stops it at the end of its block. */
export interface Running extends AsyncDisposable {
  /** Resolves when every input has ended, by itself or stopped. */
  readonly finished: Promise<void>;
  /**
   * Resolves when all that was accepted before has been delivered, or has become dead letters. What an operator keeps
   * for later, such as an open window, is not waited for.
   */
  flush(): Promise<void>;
  /** What has happened so far. */
  stats(): RunStats;
  /** Stops the inputs, lets what they gave run through, makes it safe in the buffers and closes the outputs. Never rejects. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/** Counts since the start, by the ids of the nodes. */
export interface RunStats {
  readonly inputs: { readonly [id: string]: InputStats };
  readonly filters: { readonly [id: string]: FilterStats };
  readonly outputs: { readonly [id: string]: OutputStats };
  /** Events that went to `@ERROR`, or became dead letters for want of it. */
  readonly errorEvents: number;
  /** Events whose tag no match wanted. */
  readonly unmatchedEvents: number;
}

export interface InputStats {
  readonly events: number;
  readonly batches: number;
}

export interface FilterStats {
  readonly droppedEvents: number;
  readonly failedEvents: number;
}

export interface OutputStats {
  readonly deliveredEvents: number;
}
