import type { Rejection } from '../error.ts';

/** Entries of a chunk that follow one another, by their indexes: `first` up to, not including, `end`. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

/** What of a chunk is not delivered, while all else is. */
export interface Rest {
  /** Ascending; no two touch. */
  readonly ranges: readonly Range[];
  /** How many entries that is. */
  readonly count: number;
  /** Those of them that have a reason of their own, ascending. */
  readonly rejected: readonly Rejection[];
}

/** Makes a rest of entries that were refused, each once, and of ranges that nobody has decided on. */
export function restOf(rejected: readonly Rejection[], undecided: readonly Range[] = []): Rest {
  const byIndex = new Map(rejected.map((each) => [each.index, each]));
  const own = [...byIndex.values()].sort((one, other) => one.index - other.index);
  const ranges: Range[] = [];
  let count = 0;
  const all = [...own.map(({ index }) => ({ first: index, end: index + 1 })), ...undecided];
  for (const { first, end } of all.sort((one, other) => one.first - other.first)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === first) ranges[ranges.length - 1] = { ...last, end };
    else ranges.push({ first, end });
    count += end - first;
  }
  return { ranges, count, rejected: own };
}

/** Rejections by the index in the chunk of those by the index in what was written, which is these ranges of it. */
export function inChunk(rejected: readonly Rejection[], ranges: readonly Range[]): Rejection[] {
  return rejected.flatMap(({ index, reason }) => {
    let before = 0;
    for (const { first, end } of ranges) {
      const own = first + index - before;
      if (Number.isInteger(index) && index >= before && own < end) return [{ index: own, reason }];
      before += end - first;
    }
    // It is none of the chunk's, and nobody's.
    return [];
  });
}

/** How many entries ranges hold together. */
export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { first, end }) => sum + end - first, 0);
}
