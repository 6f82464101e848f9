import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';

/** A moment in a life at which it is ended. */
export interface Phase {
  readonly name: string;
  /** Where something is seen to happen; undefined: only time decides. */
  readonly folder: string | undefined;
  /** Whether it has begun, when something happened to a file of that name in `folder`. */
  readonly hasBegun: (fileName: string) => boolean;
  /** How long after that the life ends at most. */
  readonly spreadMs: number;
}

/** The phases of a program that fills a file buffer in `folder` and writes with `file` to `out`. Both must be there. */
export function bufferPhases(folder: string, out: string): readonly Phase[] {
  const always = (): boolean => true;
  const isChunk = (name: string): boolean => name.endsWith('.queued');
  const isThere = (name: string): boolean => existsSync(join(folder, name));
  return [
    // Start-up takes about 300 ms.
    { name: 'any time', folder: undefined, hasBegun: always, spreadMs: 800 },
    { name: 'recovery', folder, hasBegun: (name) => name.startsWith('lock'), spreadMs: 8 },
    { name: 'append', folder, hasBegun: (name) => name.endsWith('.staged'), spreadMs: 4 },
    { name: 'seal', folder, hasBegun: (name) => isChunk(name) && isThere(name), spreadMs: 1 },
    { name: 'purge', folder, hasBegun: (name) => isChunk(name) && !isThere(name), spreadMs: 1 },
    { name: 'origins', folder, hasBegun: (name) => name.startsWith('origins'), spreadMs: 2 },
    { name: 'journal', folder: join(folder, 'state'), hasBegun: always, spreadMs: 2 },
    { name: 'output', folder: out, hasBegun: always, spreadMs: 2 },
  ];
}

/** A phase that is waited for. */
export interface Aim {
  /** Resolves with the name of the phase once it has begun, or without one when it does not begin. */
  readonly begun: Promise<string | undefined>;
}

/** Something that does not happen is not waited for any longer. */
const longestWaitMs = 15_000;

/** Looks out for a phase from now on. */
export function takeAim(phase: Phase): Aim {
  const { folder, hasBegun, name } = phase;
  if (folder === undefined) return { begun: Promise.resolve(name) };
  let watcher: FSWatcher;
  const begun = new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => end(undefined), longestWaitMs);
    const end = (seen: string | undefined): void => {
      clearTimeout(timer);
      watcher.close();
      resolve(seen);
    };
    watcher = watch(folder, (_, fileName) => {
      if (fileName !== null && hasBegun(fileName)) end(name);
    });
  });
  return { begun };
}
