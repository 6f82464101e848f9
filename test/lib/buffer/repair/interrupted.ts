import type { CrashingDisk } from '../crashing_files.ts';

/** Runs `work` until its call number `calls` and ends the process there; false when it was done before. */
export async function interrupted(
  disk: CrashingDisk,
  calls: number,
  crash: () => void,
  work: () => Promise<unknown>,
): Promise<boolean> {
  let left = calls;
  let hasCrashed = false;
  const crashed = new Promise<void>((resolve) => {
    disk.onCall = () => {
      if (hasCrashed || left-- > 0) return;
      hasCrashed = true;
      crash();
      resolve();
    };
  });
  // What an ended process waits for never comes.
  await Promise.race([work().catch(() => {}), crashed]);
  disk.onCall = () => {};
  for (const each of disk.paths) if (each.endsWith('/lock')) disk.delete(each);
  return hasCrashed;
}

/** As good as chance, and the same each time. */
export function luckOf(seed: number): () => boolean {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >= 0x8000_0000;
  };
}
