import type { Clock } from '../clock.ts';
import type { BufferedChunk } from './buffered_chunk.ts';

/** The sealed chunks that wait: for a flush worker, or for their next attempt. A resting chunk holds up no other. */
export class ChunkQueue {
  readonly #clock: Clock;
  readonly #ready = new Set<BufferedChunk>();
  readonly #resting = new Set<BufferedChunk>();
  readonly #onReady: () => void;
  readonly #onResting: () => void;

  /** Told whenever a chunk became ready, or was laid to rest. */
  constructor(clock: Clock, onReady: () => void, onResting: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
    this.#onResting = onResting;
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  get restingCount(): number {
    return this.#resting.size;
  }

  push(chunk: BufferedChunk): void {
    chunk.state = 'ready';
    this.#ready.add(chunk);
    this.#onReady();
  }

  /** The chunk whose turn it is, which is in no queue any more. */
  take(): BufferedChunk | undefined {
    for (const chunk of this.#ready) {
      this.#ready.delete(chunk);
      return chunk;
    }
    return undefined;
  }

  /** Lets a chunk rest for a while; for good when no time is given. */
  rest(chunk: BufferedChunk, delayMs: number | undefined): void {
    chunk.state = 'resting';
    this.#resting.add(chunk);
    if (delayMs !== undefined) {
      chunk.restTimer = this.#clock.after(delayMs, () => this.#wake(chunk));
    }
    this.#onResting();
  }

  /** Ends all rests. */
  wakeAll(): void {
    for (const chunk of [...this.#resting]) this.#wake(chunk);
  }

  /** Nobody wakes by itself any more. */
  stop(): void {
    for (const chunk of this.#resting) chunk.restTimer?.cancel();
  }

  /** Takes out the chunk that has been here longest, ready or resting. */
  takeOldest(): BufferedChunk | undefined {
    let oldest: BufferedChunk | undefined;
    for (const chunk of this.#ready) {
      oldest = chunk;
      break;
    }
    for (const chunk of this.#resting) {
      if (oldest === undefined || chunk.stored.id < oldest.stored.id) oldest = chunk;
    }
    if (oldest !== undefined) this.remove(oldest);
    return oldest;
  }

  remove(chunk: BufferedChunk): void {
    chunk.restTimer?.cancel();
    chunk.restTimer = undefined;
    this.#ready.delete(chunk);
    this.#resting.delete(chunk);
  }

  #wake(chunk: BufferedChunk): void {
    this.remove(chunk);
    this.push(chunk);
  }
}
