import type { Origin } from '../../event/origin.ts';
import { parseChunkId } from './chunk_id.ts';

/** Knows which chunks of each epoch are still there, so that a chunk can say what will never come again. */
export class LiveChunks {
  /** Counters by store and epoch, ascending: a set keeps the order in which they were added. */
  readonly #epochs = new Map<string, Set<number>>();

  /** Chunks must be added in the order of their ids. */
  add(id: string): void {
    const parts = parseChunkId(id);
    if (parts === undefined) return;
    const key = epochKey(id);
    const counters = this.#epochs.get(key);
    if (counters === undefined) this.#epochs.set(key, new Set([parts.counter]));
    else counters.add(parts.counter);
  }

  delete(id: string): void {
    const parts = parseChunkId(id);
    if (parts === undefined) return;
    const key = epochKey(id);
    const counters = this.#epochs.get(key);
    counters?.delete(parts.counter);
    if (counters?.size === 0) this.#epochs.delete(key);
  }

  /** The chunk's own interval of its store's numbers, and below which number all chunks are gone. */
  originOf(id: string): Origin | undefined {
    const parts = parseChunkId(id);
    if (parts === undefined) return undefined;
    const { store, epoch, counter } = parts;
    const [low = counter] = this.#epochs.get(epochKey(id)) ?? [];
    return { source: store, epoch, begin: counter, end: counter + 1, low: Math.min(low, counter) };
  }
}

function epochKey(id: string): string {
  return id.slice(0, 12) + id.slice(20);
}
