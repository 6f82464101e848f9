import type { SharedLoan } from '../codec/byte_pool.ts';
import type { LineTable } from '../codec/line_table.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Origin } from '../event/origin.ts';

/** Lines of a file, to be made a batch of at once: the bytes are kept no longer. */
export interface LineBlock {
  /** The path at which the file was found. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Where the lines lie in `bytes`. */
  readonly lines: LineTable;
  /** Which of the lines each text begins with; undefined: each line is a text. */
  readonly firsts: readonly number[] | undefined;
  /** The memory of `bytes`, if it is used again: each batch that looks into it must `use` it, and one that has come to its end releases it. */
  readonly loan: SharedLoan | undefined;
  /** The origin of the batch: `begin` and `end` are where the lines lie in the file. */
  readonly origin: Origin;
}

/** Makes a batch of lines; undefined when none of them gave an entry. */
export type MakeBatch = (block: LineBlock) => EventBatch | undefined;

/** Hands a batch on; resolves when there is room for the next one. How it went is told by the delivery. */
export type EmitBatch = (batch: EventBatch) => Promise<void>;
