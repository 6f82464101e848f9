import type { Clock } from '../clock.ts';
import type { Entry } from '../event/entry.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Log } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import type { Parsed, Shape } from '../option/option.ts';
import type { Kind, Kinds, Receipt } from './contract.ts';
import type { PluginCall } from './define.ts';

/** How the buffer of an output keys its chunks. */
export interface Chunking {
  /** The chunk keys as configured: `tag`, `time`, record accessors. */
  readonly keys: readonly string[];
  /** Length of a time slice; undefined when `time` is not a chunk key. */
  readonly timekeyMs: number | undefined;
}

/** Calls a listener for each receipt from now on, until what it returns is called. The listener is quick and never throws. */
export type ReceiptFeed = (listener: (receipt: Receipt) => void) => () => void;

/** A plugin of the pipeline and how it is. */
export interface PluginStatus {
  readonly id: string;
  readonly kind: Kind;
  readonly type: string;
  /** What its buffer holds; undefined for what has none. */
  readonly buffer: BufferStatus | undefined;
}

/** What a buffer holds. */
export interface BufferStatus {
  readonly stagedChunks: number;
  readonly stagedBytes: number;
  readonly queuedChunks: number;
  readonly queuedBytes: number;
}

/** What a plugin may use of the world around it; nothing else is shared with it. */
export interface PluginContext {
  /** The plugin's `@id`, or one made from its kind, type and place in the configuration. */
  readonly id: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: MetricRegistry;
  readonly hostname: string;
  readonly workerId: number;
  /**
   * The id of this process for those that it sends to, the same for ever; undefined when it has no folder to keep it in.
   * @throws MR_OPTION when it cannot be read or kept
   */
  readonly agentId: () => string | undefined;
  /** The agents that send events to this process. */
  readonly fleet: Fleet;
  /** The plugins of the pipeline, in the order of the configuration; none outside of one. */
  readonly statuses: () => readonly PluginStatus[];
  /** The process's time zone (IANA name or offset) for `localtime`; undefined: the system's. */
  readonly timeZone: string | undefined;
  /** A folder of the plugin's own that survives restarts, beside its file buffer; undefined when there is none. The plugin makes it on demand. */
  readonly stateFolder: string | undefined;
  /** For an output: how its chunks are keyed. Undefined for all others, and without a buffer. */
  readonly chunking: Chunking | undefined;
  /** For a route: what each branch's section says by the plugin's `branchOptions`, in order. Empty for all others. */
  readonly branches: readonly Parsed<Shape>[];
  /** Makes a nested plugin: `const parser = context.make(options.parse)`. */
  make<K extends Kind>(call: PluginCall<K>): Kinds[K];
  /** Sends an entry that cannot be processed to `@ERROR`, with a delivery of its own. */
  emitError(tag: string, entry: Entry, cause: Error): void;
  /** Writes to the process's standard output: for plugins whose very purpose that is. It never throws. Undefined while there is room, else a promise of room. */
  print(text: string | Uint8Array): Promise<void> | undefined;
  /** 0 <= random() < 1: the one source of chance, so that a test can say what comes. */
  random(): number;
  /**
   * What the graph's outputs of these ids have delivered, or all of its outputs. An output costs nothing by this
   * while nobody listens. @throws MR_OPTION when there is no such output
   */
  receipts(outputIds?: readonly string[]): ReceiptFeed;
  /**
   * Ends of the intervals of `source` (and its branches) that buffers have stored, ascending:
   * an input that reads a source again must not emit a batch across one.
   */
  storedEnds(source: string): readonly number[];
}
