import { type FSWatcher, watch } from 'node:fs';
import type { Clock, Timer } from '../clock.ts';
import { systemCode } from '../error.ts';
import type { Log } from '../log.ts';

/** What is known to have happened in a folder. */
export interface FolderHint {
  readonly folder: string;
  /** Names of files that changed; undefined: any may have. */
  readonly names: ReadonlySet<string> | undefined;
  /** Whether names came or went. */
  readonly isRenamed: boolean;
}

/** Changes are told together after this time, so that a log that is written line by line is read in batches. */
const gatherMs = 20;
/** At more events the folder is not watched until the next look: everything in it is busy. */
const mostEvents = 1000;

interface Watched {
  watcher: FSWatcher | undefined;
  names: Set<string>;
  events: number;
  isRenamed: boolean;
}

/**
 * Hints from the operating system that something has changed in folders: quicker than looking every second, but
 * never to be relied on. One watch a folder, however many files.
 */
export class FolderHints {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tell: (hint: FolderHint) => void;
  readonly #folders = new Map<string, Watched>();
  #timer: Timer | undefined;
  #hasComplained = false;

  constructor(clock: Clock, log: Log, tell: (hint: FolderHint) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#tell = tell;
  }

  /** Watches these folders, and no others any more. */
  watch(folders: ReadonlySet<string>): void {
    for (const [folder, watched] of this.#folders) {
      if (folders.has(folder)) continue;
      watched.watcher?.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) {
      let watched = this.#folders.get(folder);
      if (watched === undefined) {
        watched = { watcher: undefined, names: new Set(), events: 0, isRenamed: false };
        this.#folders.set(folder, watched);
      }
      watched.watcher ??= this.#open(folder, watched);
    }
  }

  close(): void {
    this.watch(new Set());
    this.#timer?.cancel();
  }

  #open(folder: string, watched: Watched): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) =>
        this.#gather(watched, event, name),
      );
      watcher.on('error', () => drop(watched));
      return watcher;
    } catch (error) {
      // Too many watches, or the folder is not there: it is looked at every second all the same.
      if (!this.#hasComplained && systemCode(error) !== 'ENOENT') {
        this.#hasComplained = true;
        this.#log.warn(`\`${folder}\` cannot be watched: changes are seen every second only`, {
          error,
        });
      }
      return undefined;
    }
  }

  #gather(watched: Watched, event: string, name: string | null): void {
    watched.events += 1;
    if (event === 'rename') watched.isRenamed = true;
    if (name !== null) watched.names.add(name);
    if (watched.events > mostEvents || name === null) {
      watched.events = mostEvents + 1;
      drop(watched);
    }
    this.#timer ??= this.#clock.after(gatherMs, () => this.#flush());
  }

  #flush(): void {
    this.#timer = undefined;
    for (const [folder, watched] of this.#folders) {
      const { names, events, isRenamed } = watched;
      if (events === 0) continue;
      Object.assign(watched, { names: new Set(), events: 0, isRenamed: false });
      // Watched again before it is looked at, so that nothing falls between.
      watched.watcher ??= this.#open(folder, watched);
      this.#tell({ folder, names: events > mostEvents ? undefined : names, isRenamed });
    }
  }
}

function drop(watched: Watched): void {
  watched.watcher?.close();
  watched.watcher = undefined;
}
