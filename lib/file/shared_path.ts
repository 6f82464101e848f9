import type { FileHandle } from 'node:fs/promises';
import type { FileState } from './open_file.ts';

/** What this process knows of a path that it writes to, whoever in it does. */
export interface SharedPath {
  /**
   * Puts the file back to where a write began that failed; undefined when none did. It rejects as long as it cannot.
   * `opened` is the file if it is still open.
   */
  settle: ((opened?: FileHandle) => Promise<void>) | undefined;
  /** The file's identity and size when a write last succeeded. */
  written: FileState | undefined;
  /** For a path with an index: all below this are taken. */
  nextIndex: number;
}

interface Shared extends SharedPath {
  users: number;
  last: Promise<unknown>;
}

/** The sizes of so many files are remembered after their last use. */
const keptIdle = 10_000;

/** One for the process: two outputs may well append to the same file. */
const paths = new Map<string, Shared>();

/** Runs `use` when nobody else in this process is using the path; in the order of the calls. */
export async function withPath<T>(
  path: string,
  use: (shared: SharedPath) => Promise<T>,
): Promise<T> {
  let shared = paths.get(path);
  if (shared === undefined) {
    shared = {
      settle: undefined,
      written: undefined,
      nextIndex: 0,
      users: 0,
      last: Promise.resolve(),
    };
    paths.set(path, shared);
  }
  const mine = shared;
  mine.users += 1;
  const result = mine.last.then(() => use(mine));
  mine.last = result.catch(() => {});
  try {
    return await result;
  } finally {
    mine.users -= 1;
    if (paths.size > keptIdle) forgetIdle();
  }
}

function forgetIdle(): void {
  for (const [path, shared] of paths) {
    if (paths.size <= keptIdle / 2) return;
    if (shared.users === 0 && shared.settle === undefined) paths.delete(path);
  }
}
