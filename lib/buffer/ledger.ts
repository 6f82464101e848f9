import type { BufferedChunk } from './buffered_chunk.ts';
import type { BufferMeters } from './meters.ts';

/** Counts the chunks of a buffer and their bytes, and knows all that are there. */
export class Ledger {
  readonly #meters: BufferMeters;
  readonly #chunks = new Map<string, BufferedChunk>();
  readonly #watchers = new Set<Watcher>();
  #stagedChunks = 0;
  #stagedBytes = 0;
  #queuedBytes = 0;

  constructor(meters: BufferMeters) {
    this.#meters = meters;
  }

  get stagedChunks(): number {
    return this.#stagedChunks;
  }

  get stagedBytes(): number {
    return this.#stagedBytes;
  }

  get queuedChunks(): number {
    return this.#chunks.size - this.#stagedChunks;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get totalBytes(): number {
    return this.#stagedBytes + this.#queuedBytes;
  }

  /** Whether a chunk is on its way out, so that there will be room without further ado. */
  get isFlowing(): boolean {
    for (const { state } of this.#chunks.values()) {
      if (state === 'ready' || state === 'flushing' || state === 'leaving') return true;
    }
    return false;
  }

  /** The chunk with this id. */
  find(id: string): BufferedChunk | undefined {
    return this.#chunks.get(id);
  }

  get chunks(): IterableIterator<BufferedChunk> {
    return this.#chunks.values();
  }

  /** A chunk is there, staged or not by its state. */
  enter(chunk: BufferedChunk): void {
    this.#chunks.set(chunk.stored.id, chunk);
    if (chunk.state === 'staged') this.#stagedChunks += 1;
    this.update(chunk);
  }

  /** The size of a chunk has changed. */
  update(chunk: BufferedChunk): void {
    const more = chunk.stored.storedBytes - chunk.countedBytes;
    chunk.countedBytes += more;
    if (chunk.state === 'staged') this.#stagedBytes += more;
    else this.#queuedBytes += more;
    this.#show();
  }

  /** A staged chunk is no longer staged; its state says so already. */
  sealed(chunk: BufferedChunk): void {
    this.#stagedChunks -= 1;
    this.#stagedBytes -= chunk.countedBytes;
    this.#queuedBytes += chunk.countedBytes;
    this.update(chunk);
  }

  /** A chunk that was not staged is gone. */
  leave(chunk: BufferedChunk): void {
    if (!this.#chunks.delete(chunk.stored.id)) return;
    this.#queuedBytes -= chunk.countedBytes;
    chunk.countedBytes = 0;
    for (const watcher of this.#watchers) watcher.left(chunk);
    this.#show();
  }

  /** Resolves when all chunks that are there now and that `isMeant` are gone, and those that took over from them. */
  gone(isMeant: (chunk: BufferedChunk) => boolean): Promise<void> {
    const meant = [...this.#chunks.values()].filter(isMeant);
    if (meant.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const watcher = new Watcher(meant, () => {
        this.#watchers.delete(watcher);
        resolve();
      });
      this.#watchers.add(watcher);
    });
  }

  /** What was in one chunk is in another now: whoever waits for the one waits for the other too. */
  handOver(from: BufferedChunk, to: BufferedChunk): void {
    for (const watcher of this.#watchers) watcher.handedOver(from, to);
  }

  #show(): void {
    this.#meters.stagedChunks.set(this.#stagedChunks);
    this.#meters.stagedBytes.set(this.#stagedBytes);
    this.#meters.queuedChunks.set(this.queuedChunks);
    this.#meters.queuedBytes.set(this.#queuedBytes);
  }
}

class Watcher {
  readonly #open: Set<BufferedChunk>;
  readonly #resolve: () => void;

  constructor(chunks: readonly BufferedChunk[], resolve: () => void) {
    this.#open = new Set(chunks);
    this.#resolve = resolve;
  }

  left(chunk: BufferedChunk): void {
    if (this.#open.delete(chunk) && this.#open.size === 0) this.#resolve();
  }

  handedOver(from: BufferedChunk, to: BufferedChunk): void {
    if (this.#open.has(from)) this.#open.add(to);
  }
}
