import { toError } from '../../error.ts';

/** What a commit makes safe. */
export interface Committed {
  /** Makes durable what was written until now. */
  sync(): Promise<void>;
  /** What was written before `sync` was called is durable. */
  onSynced(): void;
  /** It is not, and nothing that was written since the last `onSynced` can be relied on. */
  onLost(cause: Error): void;
  /** Whether `onSynced` or `onLost` will mark what replaces something that was lost before. */
  readonly isReplaced?: boolean;
  /** Whether its name in the folder is new, so that the folder must be synced too. */
  readonly isNameNew: boolean;
}

/** How long commits took. */
export interface CommitReport {
  readonly startMs: number;
  readonly endMs: number;
  readonly files: number;
}

interface Waiter {
  readonly resolve: () => void;
}

const atOnce = 4;

/**
 * Commits one group at a time, without any timer: what is marked while one commit runs is made safe by the
 * next one, so the slower the disk, the larger the group.
 */
export class GroupCommit {
  #marked = new Set<Committed>();
  #waiting: Waiter[] = [];
  #isRunning = false;
  #running: Waiter[] = [];
  readonly #syncFolder: () => Promise<void>;
  readonly #nowMs: () => number;
  readonly #onCommit: (report: CommitReport) => void;

  constructor(
    syncFolder: () => Promise<void>,
    nowMs: () => number,
    onCommit: (report: CommitReport) => void,
  ) {
    this.#syncFolder = syncFolder;
    this.#nowMs = nowMs;
    this.#onCommit = onCommit;
  }

  /** Has it committed soon. */
  mark(committed: Committed): void {
    this.#marked.add(committed);
    if (!this.#isRunning) {
      this.#isRunning = true;
      // After the current run of the event loop's turn, so that batches that come together share a commit.
      queueMicrotask(() => void this.#run());
    }
  }

  /** Resolves when all that was marked before is durable or lost, and what replaces the lost is too. */
  settled(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#marked.size > 0 ? this.#waiting : this.#running;
      waiters.push({ resolve });
    });
  }

  async #run(): Promise<void> {
    while (this.#marked.size > 0) {
      const group = [...this.#marked];
      this.#marked = new Set();
      this.#running = this.#waiting;
      this.#waiting = [];
      const isWhole = await this.#commit(group);
      const waiters = this.#running;
      this.#running = [];
      // What was lost may have been written again: whoever waits for it waits for that too.
      if (!isWhole && this.#marked.size > 0) this.#waiting.push(...waiters);
      else for (const waiter of waiters) waiter.resolve();
    }
    this.#isRunning = false;
  }

  async #commit(group: readonly Committed[]): Promise<boolean> {
    const startMs = this.#nowMs();
    const causes = new Map<Committed, Error>();
    let next = 0;
    const syncSome = async (): Promise<void> => {
      for (let each = group[next++]; each !== undefined; each = group[next++]) {
        try {
          await each.sync();
        } catch (thrown) {
          causes.set(each, toError(thrown));
        }
      }
    };
    const lanes = Array.from({ length: Math.min(atOnce, group.length) }, syncSome);
    const newNames = group.filter((each) => each.isNameNew);
    let folderFault: Error | undefined;
    if (newNames.length > 0) {
      try {
        await this.#syncFolder();
      } catch (thrown) {
        folderFault = toError(thrown);
      }
    }
    await Promise.all(lanes);
    if (folderFault !== undefined) for (const each of newNames) causes.set(each, folderFault);
    const isReplaced = group.some((each) => each.isReplaced === true);
    this.#onCommit({ startMs, endMs: this.#nowMs(), files: group.length });
    for (const each of group) {
      const cause = causes.get(each);
      if (cause === undefined) each.onSynced();
      else each.onLost(cause);
    }
    return causes.size === 0 && !isReplaced;
  }
}
