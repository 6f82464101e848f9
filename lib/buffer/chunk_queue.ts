import type { Clock } from '../clock.ts';
import type { BufferedChunk } from './buffered_chunk.ts';

/**
 * The sealed chunks that wait: for a flush worker, or for their next attempt. A resting chunk holds up no other. Those
 * that have rested take turns with the others: else, before a destination that is away, the first would get its second
 * attempt when all had had one, and reach its secondary or its limit long after its time.
 */
export class ChunkQueue {
  readonly #clock: Clock;
  readonly #ready = new Set<BufferedChunk>();
  /** Ready again after a rest. */
  readonly #rested = new Set<BufferedChunk>();
  readonly #resting = new Set<BufferedChunk>();
  #isTurnOfRested = false;
  readonly #onReady: () => void;
  readonly #onResting: () => void;

  /** Told whenever a chunk became ready, or was laid to rest. */
  constructor(clock: Clock, onReady: () => void, onResting: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
    this.#onResting = onResting;
  }

  get readyCount(): number {
    return this.#ready.size + this.#rested.size;
  }

  get restingCount(): number {
    return this.#resting.size;
  }

  push(chunk: BufferedChunk): void {
    this.#makeReady(chunk, this.#ready);
  }

  /** The chunk whose turn it is, which is in no queue any more. */
  take(): BufferedChunk | undefined {
    const [rested] = this.#rested;
    const [fresh] = this.#ready;
    const chunk = this.#isTurnOfRested ? (rested ?? fresh) : (fresh ?? rested);
    this.#isTurnOfRested = chunk === fresh;
    if (chunk !== undefined) this.remove(chunk);
    return chunk;
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
    let [oldest] = this.#ready;
    for (const chunks of [this.#rested, this.#resting]) {
      for (const chunk of chunks) {
        if (oldest === undefined || chunk.stored.id < oldest.stored.id) oldest = chunk;
      }
    }
    if (oldest !== undefined) this.remove(oldest);
    return oldest;
  }

  remove(chunk: BufferedChunk): void {
    chunk.restTimer?.cancel();
    chunk.restTimer = undefined;
    this.#ready.delete(chunk);
    this.#rested.delete(chunk);
    this.#resting.delete(chunk);
  }

  #wake(chunk: BufferedChunk): void {
    this.remove(chunk);
    this.#makeReady(chunk, this.#rested);
  }

  #makeReady(chunk: BufferedChunk, chunks: Set<BufferedChunk>): void {
    chunk.state = 'ready';
    chunks.add(chunk);
    this.#onReady();
  }
}
