import { Duplex } from 'node:stream';
import { toError } from '../error.ts';
import { type EventBatch, isBatch } from '../event/batch.ts';
import type { Receipt } from '../plugin/contract.ts';
import { notABatch } from './batch_error.ts';

type Listener = Parameters<Duplex['removeListener']>[1];

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
  #hasEnded = false;

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
    if (!this.#hasReader() || this.destroyed || this.#hasEnded) {
      this.#unread += 1;
      return undefined;
    }
    if (this.push(receipt)) return undefined;
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  override removeListener(event: string | symbol, listener: Listener): this {
    super.removeListener(event, listener);
    // A reader that goes away must not keep the flush worker waiting for it.
    if (!this.#hasReader()) this.#releaseReaders();
    return this;
  }

  override off(event: string | symbol, listener: Listener): this {
    return this.removeListener(event, listener);
  }

  override _read(): void {
    this.#releaseReaders();
  }

  override _write(batch: unknown, _encoding: string, done: (error?: Error) => void): void {
    if (!isBatch(batch)) {
      done(notABatch('an output', batch));
      return;
    }
    this.#lastTaken = batch;
    const refuse = (thrown: unknown): void => {
      batch.delivery.nack(toError(thrown));
      done();
    };
    let wait: Promise<void> | undefined;
    try {
      wait = this.#sink.append(batch);
    } catch (thrown) {
      refuse(thrown);
      return;
    }
    if (wait === undefined) done();
    else wait.then(() => done(), refuse);
  }

  override _final(done: (error?: Error) => void): void {
    this.#sink.flush().then(() => {
      this.#hasEnded = true;
      this.push(null);
      if (!this.#hasReader()) this.resume();
      done();
    }, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#releaseReaders();
    done(error);
  }

  /** Somebody listens, or has told the stream to flow. (A stream is also paused when its last pipe was taken off.) */
  #hasReader(): boolean {
    if (this.readableFlowing === true) return true;
    return this.listenerCount('data') > 0 || this.listenerCount('readable') > 0;
  }

  #releaseReaders(): void {
    const waiting = this.#readers;
    this.#readers = [];
    for (const resolve of waiting) resolve();
  }
}
