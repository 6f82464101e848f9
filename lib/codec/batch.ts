import type { BatchChange, EventBatch } from '../event/batch.ts';
import { Delivery } from '../event/delivery.ts';
import type { Entry } from '../event/entry.ts';
import type { Origin } from '../event/origin.ts';
import { isUndecoded, type UndecodedEntries } from '../event/undecoded.ts';
import { decodeEntries, encodeEntries } from './entry_codec.ts';

/** What a new batch may be given besides its entries; a fresh delivery and no origin when absent. */
export interface BatchParticulars {
  readonly delivery?: Delivery;
  readonly origin?: Origin | undefined;
}

/** What an entry takes in memory, as far as it is known without looking: most log events are near it. */
const typicalEntryBytes = 256;

/** A batch of entries, packed when somebody asks for the bytes. The list must not be changed afterwards. */
export function entriesBatch(
  tag: string,
  entries: readonly Entry[],
  particulars: BatchParticulars = {},
): EventBatch {
  const contents = new Contents(entries.length, { entries });
  return new Batch(tag, contents, particulars.delivery ?? new Delivery(), particulars.origin);
}

/** A batch of entries that are decoded when somebody asks for them. */
export function undecodedBatch(
  tag: string,
  undecoded: UndecodedEntries,
  particulars: BatchParticulars = {},
): EventBatch {
  const contents = new Contents(undecoded.count, { undecoded });
  return new Batch(tag, contents, particulars.delivery ?? new Delivery(), particulars.origin);
}

/**
 * A batch of packed entries, decoded when somebody asks for the entries. `count` must be their true number,
 * and the bytes must have passed `scanEntries` (or be our own) and must not be changed afterwards.
 */
export function packedBatch(
  tag: string,
  bytes: Uint8Array,
  count: number,
  particulars: BatchParticulars = {},
): EventBatch {
  const contents = new Contents(count, { bytes });
  return new Batch(tag, contents, particulars.delivery ?? new Delivery(), particulars.origin);
}

/** The forms in which entries can be there; one of them is. */
interface Forms {
  readonly entries?: readonly Entry[];
  readonly bytes?: Uint8Array;
  readonly undecoded?: UndecodedEntries;
}

/** The entries in any form, shared by all batches derived from one: each form is made at most once. */
class Contents {
  readonly count: number;
  private entries: readonly Entry[] | undefined;
  private bytes: Uint8Array | undefined;
  private raw: UndecodedEntries | undefined;

  constructor(count: number, { entries, bytes, undecoded }: Forms) {
    this.count = count;
    this.entries = entries;
    this.bytes = bytes;
    this.raw = undecoded;
  }

  get undecoded(): UndecodedEntries | undefined {
    return this.raw;
  }

  unpacked(): readonly Entry[] {
    this.entries ??= this.raw === undefined ? decodeEntries(this.packed()) : this.raw.decode();
    // What is decoded need not be kept in both forms.
    this.raw = undefined;
    return this.entries;
  }

  packed(): Uint8Array {
    this.bytes ??= this.raw === undefined ? encodeEntries(this.entries ?? []) : this.raw.pack();
    return this.bytes;
  }

  get sizeBytes(): number {
    return this.bytes?.length ?? this.raw?.sizeBytes ?? this.count * typicalEntryBytes;
  }
}

class Batch implements EventBatch {
  readonly tag: string;
  readonly delivery: Delivery;
  readonly origin: Origin | undefined;
  private readonly contents: Contents;

  constructor(tag: string, contents: Contents, delivery: Delivery, origin: Origin | undefined) {
    this.tag = tag;
    this.contents = contents;
    this.delivery = delivery;
    this.origin = origin;
  }

  get count(): number {
    return this.contents.count;
  }

  get sizeBytes(): number {
    return this.contents.sizeBytes;
  }

  entries(): readonly Entry[] {
    return this.contents.unpacked();
  }

  packed(): Uint8Array {
    return this.contents.packed();
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.entries()[Symbol.iterator]();
  }

  get undecoded(): UndecodedEntries | undefined {
    return this.contents.undecoded;
  }

  with(entries: readonly Entry[] | UndecodedEntries): EventBatch {
    const contents = isUndecoded(entries)
      ? new Contents(entries.count, { undecoded: entries })
      : new Contents(entries.length, { entries });
    return new Batch(this.tag, contents, this.delivery, this.origin);
  }

  derive(change: BatchChange): EventBatch {
    return new Batch(
      change.tag ?? this.tag,
      this.contents,
      change.delivery ?? this.delivery,
      'origin' in change ? change.origin : this.origin,
    );
  }
}
