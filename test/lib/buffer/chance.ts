import type { Luck } from './crashing_inode.ts';

/** As good as chance, and the same each time: numbers from 0 up to 1. */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Luck by a list of decisions; what is not in it is bad luck. `asked` counts. */
export function luckBy(decisions: readonly boolean[]): { readonly luck: Luck; asked: number } {
  const known = {
    asked: 0,
    luck: (): boolean => {
      known.asked += 1;
      return decisions[known.asked - 1] === true;
    },
  };
  return known;
}

/** How much is tried: as much as the suite has time for, times MILLRACE_RUNS. */
export const runsFactor = Number(process.env['MILLRACE_RUNS'] ?? 1);
