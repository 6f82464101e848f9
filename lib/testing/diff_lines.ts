/** A line of a diff: in both, only expected (`-`), or only there (`+`). */
export interface DiffLine<T> {
  readonly sign: ' ' | '-' | '+';
  readonly value: T;
}

/** With more pairs of lines than this, the shortest way is not looked for. */
const mostPairs = 4_000_000;

/** The shortest way from what was expected to what is there. Equal beginnings and ends cost nothing. */
export function diffLines<A, E>(
  actual: readonly A[],
  expected: readonly E[],
  isSame: (actual: A, expected: E) => boolean,
): DiffLine<A | E>[] {
  const isSameAt = (a: number, e: number): boolean => {
    const one = actual[a];
    const other = expected[e];
    return one !== undefined && other !== undefined && isSame(one, other);
  };
  let start = 0;
  while (isSameAt(start, start)) start += 1;
  let ends = 0;
  const shorter = Math.min(actual.length, expected.length);
  while (start + ends < shorter && isSameAt(actual.length - 1 - ends, expected.length - 1 - ends)) {
    ends += 1;
  }
  const [aEnd, eEnd] = [actual.length - ends, expected.length - ends];
  const lines: DiffLine<A | E>[] = kept(actual.slice(0, start));
  const common = commonLengths(aEnd - start, eEnd - start, (a, e) =>
    isSameAt(start + a, start + e),
  );
  let [a, e] = [start, start];
  while (a < aEnd || e < eEnd) {
    const rest = (more: number, less: number): number =>
      common[a - start + more]?.[e - start + less] ?? -1;
    if (a < aEnd && e < eEnd && isSameAt(a, e)) {
      lines.push(...kept(actual.slice(a, a + 1)));
      a += 1;
      e += 1;
    } else if (e < eEnd && (a === aEnd || rest(0, 1) >= rest(1, 0))) {
      lines.push(...expected.slice(e, e + 1).map((value) => ({ sign: '-' as const, value })));
      e += 1;
    } else {
      lines.push(...actual.slice(a, a + 1).map((value) => ({ sign: '+' as const, value })));
      a += 1;
    }
  }
  return [...lines, ...kept(actual.slice(aEnd))];
}

function kept<T>(values: readonly T[]): DiffLine<T>[] {
  return values.map((value) => ({ sign: ' ', value }));
}

/** For each pair of places, how many lines the rests behind them have in common at most, in order. */
function commonLengths(
  actual: number,
  expected: number,
  isSameAt: (a: number, e: number) => boolean,
): number[][] {
  if (actual * expected > mostPairs) return [];
  const lengths = Array.from({ length: actual + 1 }, () => Array<number>(expected + 1).fill(0));
  for (let a = actual - 1; a >= 0; a -= 1) {
    const row = lengths[a] ?? [];
    const next = lengths[a + 1] ?? [];
    for (let e = expected - 1; e >= 0; e -= 1) {
      row[e] = isSameAt(a, e) ? (next[e + 1] ?? 0) + 1 : Math.max(next[e] ?? 0, row[e + 1] ?? 0);
    }
  }
  return lengths;
}
