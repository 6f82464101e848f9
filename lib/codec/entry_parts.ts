import type { LentBytes } from './byte_pool.ts';
import { lastEntryEnd } from './entry_codec.ts';

/** Some of the packed entries of a longer content. */
export interface EntryPart {
  /** 0 for the first part. */
  readonly index: number;
  readonly isLast: boolean;
  readonly pieces: readonly Uint8Array[];
  /** To be called at most once, when the pieces are not needed any more. */
  release(): void;
}

/**
 * Cuts packed entries into parts of at most `partBytes`, or of one entry that is longer. Where the cuts are depends on the content
 * alone, not on the pieces in which it comes: whoever cuts it again gets the same parts. Each piece must end
 * between entries. Empty content is one empty part.
 */
export async function* cutEntries(
  source: AsyncIterable<LentBytes>,
  partBytes: number,
): AsyncGenerator<EntryPart, void, undefined> {
  let part = new Part(0);
  for await (const lent of source) {
    const piece = new SharedPiece(lent);
    const { bytes } = lent;
    let start = 0;
    while (start < bytes.length && part.sizeBytes + bytes.length - start > partBytes) {
      const isEmpty = part.sizeBytes === 0;
      const end = lastEntryEnd(bytes, start, start + partBytes - part.sizeBytes, isEmpty);
      if (end > start) part.add(piece, bytes.subarray(start, end));
      start = end;
      // Whether more follows is not known at the end of a piece.
      if (start === bytes.length) break;
      yield part;
      part = new Part(part.index + 1);
    }
    if (start < bytes.length) part.add(piece, bytes.subarray(start));
    piece.release();
  }
  part.isLast = true;
  yield part;
}

/** A piece that several parts have a share in. */
class SharedPiece {
  private readonly lent: LentBytes;
  private users = 1;

  constructor(lent: LentBytes) {
    this.lent = lent;
  }

  use(): void {
    this.users += 1;
  }

  release(): void {
    this.users -= 1;
    if (this.users === 0) this.lent.release?.();
  }
}

class Part implements EntryPart {
  readonly index: number;
  readonly pieces: Uint8Array[] = [];
  isLast = false;
  sizeBytes = 0;
  private readonly sources: SharedPiece[] = [];

  constructor(index: number) {
    this.index = index;
  }

  add(source: SharedPiece, bytes: Uint8Array): void {
    source.use();
    this.sources.push(source);
    this.pieces.push(bytes);
    this.sizeBytes += bytes.length;
  }

  release(): void {
    for (const source of this.sources) source.release();
  }
}
