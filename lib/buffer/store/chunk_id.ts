import { crc32 } from 'node:zlib';

/*
 * A chunk id is 16 bytes, written as 32 hex digits, and never used twice:
 *
 *     u48 epoch      milliseconds since 1970 when the store was opened, or later; higher at each open
 *     u32 counter    of the chunks made since that open, from 0; when it is full, the next epoch begins
 *     6 bytes        id of the store, drawn when its folder was made
 *
 * So the order of ids is the order in which chunks were begun, whatever the clock did.
 */

/** What a chunk id says. */
export interface ChunkIdParts {
  readonly epoch: number;
  readonly counter: number;
  /** 12 hex digits. */
  readonly store: string;
}

/** One more chunk cannot be counted in one epoch. */
export const counterLimit = 0x1_0000_0000;
/** No epoch is as large. */
export const epochLimit = 2 ** 48;

/** The id of these parts. */
export function formatChunkId({ epoch, counter, store }: ChunkIdParts): string {
  return `${hex(epoch, 12)}${hex(counter, 8)}${store}`;
}

/** The parts of an id, or undefined when the text is none. */
export function parseChunkId(id: string): ChunkIdParts | undefined {
  if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
  return {
    epoch: Number.parseInt(id.slice(0, 12), 16),
    counter: Number.parseInt(id.slice(12, 20), 16),
    store: id.slice(20),
  };
}

/** What the checksums in a chunk start from, so that bytes of another chunk never pass for its own. */
export function seedOf(id: string): number {
  return crc32(Buffer.from(id, 'hex'));
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
