import type { Delivery } from './delivery.ts';
import type { Entry } from './entry.ts';
import type { Origin } from './origin.ts';
import type { UndecodedEntries } from './undecoded.ts';

/** Entries of one tag that live or die together. Immutable. May stay packed and pass through undecoded. */
export interface EventBatch extends Iterable<Entry> {
  readonly tag: string;
  /** Number of entries. */
  readonly count: number;
  readonly delivery: Delivery;
  /** Where the batch can be read again, for sources that can repeat themselves. */
  readonly origin: Origin | undefined;
  /** The entries as a list; decoded on first use and kept. The list must not be changed. */
  entries(): readonly Entry[];
  /** MessagePack `[time, record]*`, one after another; bytes that came in packed go out as they are. */
  packed(): Uint8Array;
  /** Bytes that this batch takes in memory, roughly: for bounding queues. */
  readonly sizeBytes: number;
  /** The entries as they came, when nobody has asked for them yet. */
  readonly undecoded: UndecodedEntries | undefined;
  /** The same batch with other entries: it carries the delivery and the origin on. With entries made from `undecoded`, this one must not be used any more. */
  with(entries: readonly Entry[] | UndecodedEntries): EventBatch;
  /** The same entries, possibly still packed, with other particulars. */
  derive(change: BatchChange): EventBatch;
}

/** What may differ in a derived batch; what is absent stays. */
export interface BatchChange {
  readonly tag?: string;
  readonly delivery?: Delivery;
  readonly origin?: Origin | undefined;
}

/** Whether a value is a batch, as far as one can see: for what user code hands over. */
export function isBatch(value: unknown): value is EventBatch {
  return typeof value === 'object' && value !== null && 'delivery' in value && 'packed' in value;
}
