import { Duplex } from 'node:stream';
import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Receipt } from '../plugin/contract.ts';

/** What stands behind an output stream: a buffer, or an output that writes at once. */
export interface Sink {
  /** Takes a batch over and settles its delivery sooner or later. A promise says when there is room again. Never throws. */
  append(batch: EventBatch): Promise<void> | undefined;
  /** Resolves when everything appended before has been delivered, or has become dead letters. */
  flush(): Promise<void>;
}

/**
 * An output as a Node stream: batches in, receipts out. Nobody has to read the receipts: without a reader
 * they are dropped and counted; a slow reader makes the flush worker wait.
 */
export class OutputStream extends Duplex {
  readonly #sink: Sink;
  #unread = 0;
  #readers: (() => void)[] = [];
  #lastTaken: EventBatch | undefined;

  constructor(sink: Sink) {
    // With a mark of 1, every write would report a full stream until the next tick, even when the sink has
    // taken the batch at once. With 2, a stream whose batch waits for room holds back the next writer.
    super({ objectMode: true, writableHighWaterMark: 2, readableHighWaterMark: 16 });
    this.#sink = sink;
  }

  /** Receipts that were dropped because nobody reads. */
  get unreadReceipts(): number {
    return this.#unread;
  }

  /** Whether the sink has taken the batch over; asked of a batch whose write failed. */
  hasTaken(batch: EventBatch): boolean {
    return this.#lastTaken === batch;
  }

  /** Passes a receipt to the reader, if there is one; a promise when the reader is behind. */
  receipt(receipt: Receipt): Promise<void> | undefined {
    if (!this.#hasReader() || this.destroyed || this.readableEnded) {
      this.#unread += 1;
      return undefined;
    }
    if (this.push(receipt)) return undefined;
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  override _read(): void {
    this.#releaseReaders();
  }

  override _write(batch: EventBatch, _encoding: string, done: (error?: Error) => void): void {
    let wait: Promise<void> | undefined;
    this.#lastTaken = batch;
    try {
      wait = this.#sink.append(batch);
    } catch (thrown) {
      batch.delivery.nack(toError(thrown));
    }
    if (wait === undefined) done();
    else wait.then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#sink.flush().then(() => {
      this.push(null);
      if (!this.#hasReader()) this.resume();
      done();
    }, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#releaseReaders();
    done(error);
  }

  #hasReader(): boolean {
    return this.readableFlowing !== null || this.listenerCount('readable') > 0;
  }

  #releaseReaders(): void {
    const waiting = this.#readers;
    this.#readers = [];
    for (const resolve of waiting) resolve();
  }
}
