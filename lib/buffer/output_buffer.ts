import type { EventBatch } from '../event/batch.ts';
import { assemble, type BufferParts } from './assemble.ts';
import type { BufferSetup } from './buffer_setup.ts';
import { BufferedChunk } from './buffered_chunk.ts';
import { openStore } from './open_store.ts';
import { OriginTable } from './origin_table.ts';
import { PartFrame } from './pending.ts';
import { shutDown } from './shutdown.ts';
import type { Found, StoredChunk } from './store/chunk_store.ts';
import type { Frame } from './store/frame.ts';

/** What a buffer holds. */
export interface BufferStats {
  readonly stagedChunks: number;
  readonly stagedBytes: number;
  /** Sealed and not yet purged, whether waiting, being written or to be retried. */
  readonly queuedChunks: number;
  readonly queuedBytes: number;
  /** Batches whose callers wait for room. */
  readonly waitingBatches: number;
}

/** How a buffer is closed. */
export interface CloseOptions {
  /** How long flushing and settling may take; 10 s when absent. */
  readonly deadlineMs?: number;
}

const usualDeadlineMs = 10_000;

/** Keeps batches for one output until they are delivered. */
export class OutputBuffer {
  readonly isBuffer = true;
  readonly #setup: BufferSetup;
  readonly #parts: BufferParts;
  #closing: Promise<void> | undefined;

  /**
   * Takes the store into use and recovers what is there; damage never prevents it. Nothing is flushed yet.
   * @throws MR_BUFFER when another process uses the folder, or it cannot be made or written
   */
  static async open(setup: BufferSetup): Promise<OutputBuffer> {
    const table = new OriginTable();
    let buffer: OutputBuffer | undefined;
    const { store, found } = await openStore(setup, table, (chunk, frames, cause) => {
      if (buffer !== undefined) buffer.#rewrite(chunk, frames, cause);
    });
    buffer = new OutputBuffer(setup, assemble(setup, store, table));
    buffer.#takeOver(found);
    return buffer;
  }

  private constructor(setup: BufferSetup, parts: BufferParts) {
    this.#setup = setup;
    this.#parts = parts;
  }

  /** Starts flush workers and timers. */
  start(): void {
    this.#parts.flusher.start();
    this.#parts.stage.start();
  }

  /**
   * Stores a batch. Its delivery is acked once stored (or delivered, if that is its level) and nacked when it
   * cannot be. A promise means: there is no room for more before it resolves. Never throws.
   */
  append(batch: EventBatch): Promise<void> | undefined {
    return this.#parts.intake.append(batch);
  }

  /** From now on a batch that would have to wait for room is nacked instead, so that its source can stop. */
  refuseWaiting(): void {
    this.#parts.intake.refuseWaiting();
  }

  /**
   * Boundaries of what is stored of a source (its latest epoch) and its branches, ascending: no batch may be
   * offered across one.
   */
  storedEnds(source: string): readonly number[] {
    return this.#parts.table.storedEnds(source);
  }

  /** Resolves when all that was appended before has been delivered or has become dead letters. */
  async flush(): Promise<void> {
    const { intake, ledger, stage } = this.#parts;
    const stored = intake.emptied();
    stage.sealAll();
    await stored;
    stage.sealAll();
    await ledger.gone(() => true);
  }

  /** What there is now. */
  stats(): BufferStats {
    const { stagedChunks, stagedBytes, queuedChunks, queuedBytes } = this.#parts.ledger;
    const { waitingBatches } = this.#parts.intake;
    return { stagedChunks, stagedBytes, queuedChunks, queuedBytes, waitingBatches };
  }

  /**
   * Accepts no more, settles what was accepted, flushes if `flush_at_shutdown`: each chunk gets one more attempt.
   * Chunks that cannot be delivered in time stay in a file buffer, and become dead letters from a memory buffer.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= shutDown(this.#setup, this.#parts, options.deadlineMs ?? usualDeadlineMs);
    return this.#closing;
  }

  #takeOver({ staged, queued }: Found): void {
    const { isFormatted, keys, ledger, queue, stage, store, table } = this.#parts;
    const { clock } = this.#setup;
    const nowMs = clock.monotonicMs();
    const nowWallMs = clock.nowMs();
    for (const stored of queued) {
      const chunk = new BufferedChunk(stored, undefined, nowMs, true);
      chunk.state = 'ready';
      chunk.lastAddition = table.additions;
      ledger.enter(chunk);
      queue.push(chunk);
    }
    for (const { chunk: stored, isFormatted: wasFormatted, key, tag } of staged) {
      const ageMs = Math.max(0, nowWallMs - stored.createdMs);
      const stageKey = { keyText: keys.textOf(key), key, tag };
      const chunk = new BufferedChunk(stored, stageKey, nowMs - ageMs, true);
      chunk.lastAddition = table.additions;
      // Another configuration began it: it is delivered as it is, and takes no more.
      const isOurs = keys.fits(key) && wasFormatted === isFormatted;
      if (isOurs) {
        stage.restore(chunk);
        continue;
      }
      store.seal(stored);
      chunk.state = 'ready';
      ledger.enter(chunk);
      queue.push(chunk);
    }
  }

  /** What is left in the chunk is safe, and takes no more; what was taken out of it is stored anew. */
  #rewrite(stored: StoredChunk, frames: readonly Frame[], cause: Error): void {
    const { intake, ledger, stage } = this.#parts;
    const own = frames.filter((frame) => frame instanceof PartFrame);
    const chunk = ledger.find(stored.id);
    // It was dropped meanwhile, and nobody has been told.
    if (chunk === undefined) {
      intake.lose(own, cause);
      return;
    }
    ledger.update(chunk);
    stage.seal(chunk);
    intake.rewrite(chunk, own, cause);
  }
}
