import { type Clock, delay } from '../clock.ts';
import { isDiskFull, toError } from '../error.ts';
import type { Log } from '../log.ts';
import type { Bisector } from './bisector.ts';
import type { BufferedChunk } from './buffered_chunk.ts';
import type { Ledger } from './ledger.ts';
import type { BufferMeters } from './meters.ts';
import { encodeOrigins } from './origin_snapshot.ts';
import type { OriginTable } from './origin_table.ts';
import type { ChunkStore } from './store/chunk_store.ts';

/** What a purger works with. */
export interface PurgerSetup {
  readonly store: ChunkStore;
  readonly table: OriginTable;
  readonly ledger: Ledger;
  readonly bisector: Bisector;
  readonly meters: BufferMeters;
  readonly clock: Clock;
  readonly log: Log;
  /** There is room again. */
  readonly onPurged: () => void;
}

const troublePauseMs = 1000;
const purgesAtOnce = 16;

/**
 * Deletes chunks that are done with, one group at a time. What only they tell of origins goes into a snapshot
 * first; the longer that takes, the larger the next group.
 */
export class Purger {
  readonly #setup: PurgerSetup;
  #waiting: BufferedChunk[] = [];
  #running: Promise<void> | undefined;
  /** What was added to the table before this is in the snapshot. */
  #savedAdditions = -1;
  readonly #stop = new AbortController();

  constructor(setup: PurgerSetup) {
    this.#setup = setup;
  }

  /** Has a chunk deleted, and tells its holders once it is. */
  add(chunk: BufferedChunk): void {
    chunk.state = 'leaving';
    this.#waiting.push(chunk);
    this.#running ??= this.#run();
  }

  /** Resolves when every chunk that was added is deleted. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Resolves when every chunk that was added is deleted, or cannot be now. */
  async close(): Promise<void> {
    this.#stop.abort();
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        if (await this.#isSaved(group)) await this.#purge(group);
        else await this.#makeRoom(group);
      } catch (error) {
        this.#setup.log.error('delivered chunks cannot be deleted yet', { error });
        if (this.#stop.signal.aborted) break;
        this.#waiting.unshift(...group.filter((chunk) => chunk.state === 'leaving'));
        await delay(this.#setup.clock, troublePauseMs, this.#stop.signal);
      }
    }
    this.#running = undefined;
  }

  /** False when there is no room on the disk for a snapshot. */
  async #isSaved(group: readonly BufferedChunk[]): Promise<boolean> {
    try {
      await this.#save(group);
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#setup.log.warn('there is no room for a snapshot of origins', { error });
      return false;
    }
  }

  /**
   * On a full disk a snapshot waits for room, and room for the snapshot: one chunk goes without. Should the
   * process be killed before the next snapshot, what it held may be stored again.
   */
  async #makeRoom(group: readonly BufferedChunk[]): Promise<void> {
    const needsNone = group.filter((chunk) => this.#isTold(chunk));
    const first = needsNone.length > 0 ? needsNone : group.slice(0, 1);
    await this.#purge(first);
    this.#waiting.unshift(...group.filter((chunk) => !first.includes(chunk)));
  }

  /** Whether the last snapshot tells all that the chunk tells of origins. */
  #isTold({ lastAddition }: BufferedChunk): boolean {
    return lastAddition === 0 || lastAddition <= this.#savedAdditions;
  }

  /** A frame that is not yet safe must not count as stored once its chunk may be lost: it is settled first. */
  async #save(group: readonly BufferedChunk[]): Promise<void> {
    const { store, table, meters } = this.#setup;
    if (!store.isPersistent) return;
    while (!group.every((chunk) => this.#isTold(chunk))) {
      const { additions, removals } = table;
      const snapshot = encodeOrigins(table);
      await store.settled();
      if (table.removals !== removals) continue;
      await store.saveOrigins(snapshot);
      this.#savedAdditions = additions;
      meters.snapshots.add();
    }
  }

  async #purge(group: readonly BufferedChunk[]): Promise<void> {
    let fault: Error | undefined;
    let next = 0;
    const purgeSome = async (): Promise<void> => {
      for (let chunk = group[next++]; chunk !== undefined; chunk = group[next++]) {
        try {
          await this.#setup.store.purge(chunk.stored);
          await this.#setup.bisector.forget(chunk);
        } catch (thrown) {
          fault = toError(thrown);
          continue;
        }
        chunk.state = 'gone';
        this.#setup.ledger.leave(chunk);
        for (const { pending } of chunk.holders) pending.partDone();
        chunk.holders = [];
      }
    };
    await Promise.all(Array.from({ length: Math.min(purgesAtOnce, group.length) }, purgeSome));
    this.#setup.onPurged();
    if (fault !== undefined) throw fault;
  }
}
