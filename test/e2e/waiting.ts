import { setTimeout as wait } from 'node:timers/promises';

/** Resolves once `isSo` holds, looked at every 50 ms; rejects after `deadlineMs`, saying `what` did not come. */
export async function until(
  what: string,
  deadlineMs: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`after ${deadlineMs} ms: ${what}`);
    await wait(50);
  }
}

/** Random numbers that a seed repeats: 0 <= random() < 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
