import { decodeEntries, encodeEntries } from './entry_codec.ts';
import { gzip } from './gzip.ts';

/** Pieces of packed entries made into other pieces, whose total length is known. */
export interface EntryPieces {
  readonly sizeBytes: number;
  readonly pieces: readonly Uint8Array[];
}

/** How pieces are rewritten; each piece must end between two entries. */
export interface PieceRewriting {
  /** Times as whole seconds. */
  readonly timeAsInteger: boolean;
  /** Each piece becomes a gzip member; members one after another are one gzip file. */
  readonly compresses: boolean;
}

/** Rewrites pieces of packed entries. @throws MR_CODEC when they are no entries */
export async function rewritePieces(
  source: AsyncIterable<Uint8Array>,
  rewriting: PieceRewriting,
): Promise<EntryPieces> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of source) {
    const timed = rewriting.timeAsInteger
      ? encodeEntries(decodeEntries(piece), { timeAsInteger: true })
      : piece;
    const written = rewriting.compresses ? await gzip(timed) : timed;
    pieces.push(written);
    sizeBytes += written.length;
  }
  return { sizeBytes, pieces };
}
