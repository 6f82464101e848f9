import { entryEnds } from '../codec/entry_codec.ts';
import type { Range } from './rest.ts';
import type { Piece } from './store/pieces.ts';

/** Entries that lie one behind the other. */
export interface SelectedPiece extends Omit<Piece, 'isCompressed'> {
  /** Index of the first one in the chunk. */
  readonly first: number;
}

/** The packed entries of a chunk that are in `ranges` (ascending): what lies outside is neither decoded nor kept. */
export async function* selectEntries(
  pieces: AsyncIterable<Piece>,
  ranges: readonly Range[],
): AsyncGenerator<SelectedPiece, void, undefined> {
  let next = 0;
  let begin = 0;
  for await (const { bytes, count } of pieces) {
    const end = begin + count;
    let ends: readonly number[] | undefined;
    for (let range = ranges[next]; range !== undefined && range.first < end; range = ranges[next]) {
      const from = Math.max(range.first, begin);
      const to = Math.min(range.end, end);
      if (from === begin && to === end) yield { bytes, count, first: from };
      else {
        ends ??= entryEnds(bytes);
        const start = from === begin ? 0 : ends[from - begin - 1];
        const cut = bytes.subarray(start, ends[to - begin - 1]);
        yield { bytes: cut, count: to - from, first: from };
      }
      if (range.end > end) break;
      next += 1;
    }
    if (next >= ranges.length) return;
    begin = end;
  }
}
