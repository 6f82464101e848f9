import { entryEnds } from './entry_codec.ts';

/** Some of the packed entries of a longer content. */
export interface EntryPart {
  /** 0 for the first part. */
  readonly index: number;
  readonly isLast: boolean;
  readonly pieces: readonly Uint8Array[];
}

/**
 * Cuts packed entries into parts of about `partBytes`, between entries. Where the cuts are depends on the content
 * alone, not on the pieces in which it comes: whoever cuts it again gets the same parts. Each piece must end
 * between entries. Empty content is one empty part.
 */
export async function* cutEntries(
  source: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<EntryPart, void, undefined> {
  let index = 0;
  let pieces: Uint8Array[] = [];
  let gatheredBytes = 0;
  for await (const piece of source) {
    // A part that was full at the end of the last piece is ended only now that more has come.
    if (gatheredBytes >= partBytes && piece.length > 0) {
      yield { index, isLast: false, pieces };
      index += 1;
      pieces = [];
      gatheredBytes = 0;
    }
    let start = 0;
    const ends = gatheredBytes + piece.length > partBytes ? entryEnds(piece) : [];
    for (const end of ends) {
      if (gatheredBytes + end - start < partBytes || end === piece.length) continue;
      yield { index, isLast: false, pieces: [...pieces, piece.subarray(start, end)] };
      index += 1;
      pieces = [];
      gatheredBytes = 0;
      start = end;
    }
    pieces.push(piece.subarray(start));
    gatheredBytes += piece.length - start;
  }
  yield { index, isLast: true, pieces };
}
