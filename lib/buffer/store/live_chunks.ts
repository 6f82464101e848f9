import type { Origin } from '../../event/origin.ts';
import { parseChunkId } from './chunk_id.ts';
import type { Identity } from './identity.ts';

/**
 * Knows which chunks of this opening of a store are still there, so that a chunk can say what will never come
 * again. Of earlier openings it says nothing: their chunks may lie in quarantine, or in a file that cannot be read
 * now, or may have been moved to another store, and may come yet.
 */
export class LiveChunks {
  readonly #identity: Identity;
  /** Ascending: a set keeps the order in which they were added. */
  readonly #counters = new Set<number>();

  constructor(identity: Identity) {
    this.#identity = identity;
  }

  /** Chunks must be added in the order of their ids. */
  add(id: string): void {
    const counter = this.#counterOf(id);
    if (counter !== undefined) this.#counters.add(counter);
  }

  delete(id: string): void {
    const counter = this.#counterOf(id);
    if (counter !== undefined) this.#counters.delete(counter);
  }

  /** The chunk's own interval of its store's numbers, and below which number all chunks are gone. */
  originOf(id: string): Origin | undefined {
    const parts = parseChunkId(id);
    if (parts === undefined) return undefined;
    const { store, epoch, counter } = parts;
    const isOwn = this.#counterOf(id) !== undefined;
    const [lowest = counter] = isOwn ? this.#counters : [0];
    const low = Math.min(lowest, counter);
    return { source: store, epoch, begin: counter, end: counter + 1, low };
  }

  #counterOf(id: string): number | undefined {
    const parts = parseChunkId(id);
    const isOwn = parts?.store === this.#identity.store && parts.epoch === this.#identity.epoch;
    return isOwn ? parts.counter : undefined;
  }
}
