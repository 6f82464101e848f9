import type { BatchChange, EventBatch } from '../event/batch.ts';
import { Delivery } from '../event/delivery.ts';
import type { Entry } from '../event/entry.ts';
import type { Origin } from '../event/origin.ts';
import { isUndecoded, type UndecodedEntries } from '../event/undecoded.ts';
import type { Loan } from './byte_pool.ts';
import { decodeEntries, encodeEntries } from './entry_codec.ts';

/** What a new batch may be given besides its entries; a fresh delivery and no origin when absent. */
export interface BatchParticulars {
  readonly delivery?: Delivery;
  readonly origin?: Origin | undefined;
}

/** Gives the memory back in which the entries came: it is used again when nobody needs them any more. */
interface WithLoan {
  readonly loan?: Pick<Loan, 'release'> | undefined;
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
  particulars: BatchParticulars & WithLoan = {},
): EventBatch {
  const contents = new Contents(undecoded.count, { undecoded, loan: particulars.loan });
  return new Batch(tag, contents, particulars.delivery ?? new Delivery(), particulars.origin);
}

/**
 * A batch of packed entries, decoded when somebody asks for the entries. `count` must be their true number,
 * and the bytes must have passed `scanEntries` (or be our own) and must not be changed afterwards, unless they
 * come with a `loan` and are given back.
 */
export function packedBatch(
  tag: string,
  bytes: Uint8Array,
  count: number,
  particulars: BatchParticulars & WithLoan = {},
): EventBatch {
  const contents = new Contents(count, { bytes, loan: particulars.loan });
  return new Batch(tag, contents, particulars.delivery ?? new Delivery(), particulars.origin);
}

/** Packed entries for somebody who will say when they are not needed any more. */
export interface LentEntries {
  readonly bytes: Uint8Array;
  /** To be called once; the batch is empty from then on. */
  release(): void;
}

/**
 * The packed entries of a batch in memory that can be used again, if nobody but the caller has seen or will see
 * them: a batch that was derived, or looked into, is kept whole. Undefined: `packed` has them.
 */
export function lendPacked(batch: EventBatch): LentEntries | undefined {
  return batch instanceof Batch ? batch.lend() : undefined;
}

/** Entries as they came, for somebody who will say when he is through with them. */
export interface LentUndecoded {
  readonly entries: UndecodedEntries;
  /** To be called at most once: the batch is empty from then on, unless others have a share in it. */
  done(): void;
}

/** The entries of a batch as they came, if nobody has decoded them. */
export function lendUndecoded(batch: EventBatch): LentUndecoded | undefined {
  return batch instanceof Batch ? batch.lendUndecoded() : undefined;
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
  private loan: Pick<Loan, 'release'> | undefined;
  private isLent = false;
  private isReleased = false;

  constructor(count: number, { entries, bytes, undecoded, loan }: Forms & WithLoan) {
    this.count = count;
    this.entries = entries;
    this.bytes = bytes;
    this.raw = undecoded;
    this.loan = loan;
  }

  get undecoded(): UndecodedEntries | undefined {
    return this.raw;
  }

  unpacked(): readonly Entry[] {
    this.share();
    this.entries ??= this.raw === undefined ? decodeEntries(this.packed()) : this.raw.decode();
    // What is decoded need not be kept in both forms.
    this.raw = undefined;
    return this.entries;
  }

  packed(): Uint8Array {
    if (this.isReleased) throw new TypeError('a batch is looked into that was given back');
    this.share();
    this.bytes ??= this.raw === undefined ? encodeEntries(this.entries ?? []) : this.raw.pack();
    return this.bytes;
  }

  /** Others may look at the entries at any time from now on. */
  share(): void {
    this.loan = undefined;
    if (!this.isLent) return;
    this.isLent = false;
    this.bytes = this.bytes?.slice();
  }

  lend(): LentEntries | undefined {
    const { bytes } = this;
    const loan = this.loan;
    if (bytes === undefined || loan === undefined) return undefined;
    this.loan = undefined;
    this.isLent = true;
    const release = (): void => {
      if (this.isLent) {
        this.isReleased = true;
        this.bytes = undefined;
      }
      loan.release();
    };
    return { bytes, release };
  }

  lendUndecoded(): LentUndecoded | undefined {
    const entries = this.raw;
    if (entries === undefined) return undefined;
    return { entries, done: () => this.passLoan()?.release() };
  }

  /** Lets the entries go that came with a loan, and gives the loan to whoever has them now. */
  passLoan(): Pick<Loan, 'release'> | undefined {
    const loan = this.loan;
    if (loan === undefined) return undefined;
    this.loan = undefined;
    this.raw = undefined;
    this.isReleased = true;
    return loan;
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
      ? new Contents(entries.count, { undecoded: entries, loan: this.contents.passLoan() })
      : new Contents(entries.length, { entries });
    return new Batch(this.tag, contents, this.delivery, this.origin);
  }

  lend(): LentEntries | undefined {
    return this.contents.lend();
  }

  lendUndecoded(): LentUndecoded | undefined {
    return this.contents.lendUndecoded();
  }

  derive(change: BatchChange): EventBatch {
    this.contents.share();
    return new Batch(
      change.tag ?? this.tag,
      this.contents,
      change.delivery ?? this.delivery,
      'origin' in change ? change.origin : this.origin,
    );
  }
}
