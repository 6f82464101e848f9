import type { Entry, EventValue } from './entry.ts';

/** Fields that every entry gets, whatever is in it: names and values, in the order in which they are set. */
export type ConstantFields = readonly (readonly [name: string, value: EventValue])[];

/** Where bytes that are made come to lie; memory of their own when it is left out. */
export interface Memory {
  /** At least so many bytes, from the begin of their array buffer on, with anything in them. */
  take(atLeastBytes: number): Buffer;
}

/**
 * Entries that still lie in the bytes in which they came. Reading a log line into an object and printing it again
 * is most of a collector's work: what a pipeline does not look at is never decoded. Every way out gives exactly
 * what the decoded entries would give. Immutable.
 */
export interface UndecodedEntries {
  readonly count: number;
  /** Bytes that they take in memory, about. */
  readonly sizeBytes: number;
  /** The least and the greatest time of an entry, in whole seconds. */
  readonly firstSec: number;
  readonly lastSec: number;
  /** The entries, as the plain way reads them. */
  decode(): readonly Entry[];
  /** MessagePack `[time, record]*`, as the decoded entries would be packed. */
  pack(memory?: Memory): Uint8Array;
  /** The record of each entry as JSON, as it would be printed once decoded, and `lineEnd` behind it. */
  printJson(lineEnd: string, memory?: Memory): Uint8Array;
  /** The same entries with more fields; undefined when that cannot be told without decoding them. */
  withFields(fields: ConstantFields): UndecodedEntries | undefined;
}

/** Whether somebody gives entries that are not decoded. */
export function isUndecoded(
  entries: readonly Entry[] | UndecodedEntries,
): entries is UndecodedEntries {
  return 'decode' in entries;
}
