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
  const selection = new Selection(ranges);
  for await (const piece of pieces) {
    yield* selection.of(piece);
    if (selection.isOver) return;
  }
}

/** Takes the entries in `ranges` (ascending) out of pieces that follow one another. */
export class Selection {
  readonly #ranges: readonly Range[];
  #next = 0;
  /** Index of the first entry of the next piece. */
  #begin = 0;

  constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  /** Whether no piece to come holds anything. */
  get isOver(): boolean {
    return this.#next >= this.#ranges.length;
  }

  /** What of the next piece is in them. */
  *of({ bytes, count }: Pick<Piece, 'bytes' | 'count'>): Generator<SelectedPiece, void, undefined> {
    const begin = this.#begin;
    const end = begin + count;
    this.#begin = end;
    let ends: readonly number[] | undefined;
    for (let range = this.#ranges[this.#next]; range !== undefined && range.first < end; ) {
      const from = Math.max(range.first, begin);
      const to = Math.min(range.end, end);
      if (from === begin && to === end) yield { bytes, count, first: from };
      else {
        ends ??= entryEnds(bytes);
        const start = from === begin ? 0 : ends[from - begin - 1];
        const cut = bytes.subarray(start, ends[to - begin - 1]);
        yield { bytes: cut, count: to - from, first: from };
      }
      if (range.end > end) return;
      this.#next += 1;
      range = this.#ranges[this.#next];
    }
  }
}
