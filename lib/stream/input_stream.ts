import { Readable } from 'node:stream';
import { type Clock, delay, sharedAbort } from '../clock.ts';
import { toError } from '../error.ts';
import { type EventBatch, isBatch } from '../event/batch.ts';
import { type AckLevel, Delivery } from '../event/delivery.ts';
import type { Input } from '../plugin/contract.ts';
import { closedError } from './closed_error.ts';

/** What an input's stream is made of. */
export interface InputStreamSetup {
  readonly id: string;
  /** Called once, before the first read. */
  readonly make: () => Promise<Input>;
  /** `delivered`: the deliveries of batches settle only once every output has delivered them. */
  readonly ack: AckLevel;
  /** Aborted, it stops the input, and the stream ends when the input has. */
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/** How long a destroyed stream waits for its input to close what it has open. */
const closeMs = 5000;
const thereIsRoom = Promise.resolve();

/**
 * An input as a Node stream of batches. It runs from the first read on, and ends when the input does. What it has
 * given and nobody has settled when it is destroyed is nacked, whoever holds it.
 */
export class InputStream extends Readable {
  readonly #setup: InputStreamSetup;
  readonly #abort = sharedAbort();
  readonly #unsettled = new Set<Delivery>();
  readonly #stop = (): void => this.#abort.abort();
  #input: Input | undefined;
  #running: Promise<void> | undefined;
  #waiting: (() => void)[] = [];

  constructor(setup: InputStreamSetup) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#setup = setup;
    if (setup.signal?.aborted === true) this.#stop();
    setup.signal?.addEventListener('abort', this.#stop, { once: true });
  }

  override _construct(done: (error?: Error) => void): void {
    this.#setup.make().then((input) => {
      this.#input = input;
      done();
    }, done);
  }

  override _read(): void {
    this.#makeRoom();
    this.#running ??= this.#run();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { id, signal } = this.#setup;
    signal?.removeEventListener('abort', this.#stop);
    this.#stop();
    for (const own of this.#unsettled) own.nack(error ?? closedError(id));
    this.#unsettled.clear();
    this.#makeRoom();
    // Closed means that its sockets and files are, too.
    this.#ended().then(() => done(error));
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    try {
      await this.#input?.run((batch) => this.#emit(batch), signal);
    } catch (thrown) {
      const error = toError(thrown);
      // To throw what the signal was aborted with is one way to stop.
      if (!signal.aborted || error.name !== 'AbortError') {
        this.destroy(error);
        return;
      }
    }
    if (!this.destroyed) this.push(null);
  }

  async #ended(): Promise<void> {
    const closed = new AbortController();
    const running = this.#running?.then(() => closed.abort()) ?? closed.abort();
    await Promise.race([running, delay(this.#setup.clock, closeMs, closed.signal)]);
    closed.abort();
  }

  #emit(batch: EventBatch): Promise<void> {
    const { id } = this.#setup;
    if (!isBatch(batch)) throw new TypeError(`input \`${id}\` emits something that is no batch`);
    if (this.destroyed || this.readableEnded) {
      batch.delivery.nack(closedError(id));
      return thereIsRoom;
    }
    if (batch.count === 0) {
      batch.delivery.ack();
      return thereIsRoom;
    }
    if (this.push(this.#lend(batch))) return thereIsRoom;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The batch with another delivery, so that its own can be nacked whatever became of that one: split, and half of it lost. */
  #lend(batch: EventBatch): EventBatch {
    const { delivery: own } = batch;
    const lent = new Delivery(this.#setup.ack === 'stored' ? own.level : this.#setup.ack);
    this.#unsettled.add(own);
    lent.onSettled((outcome) => {
      if (!this.#unsettled.delete(own)) return;
      if (outcome.ok) own.ack();
      else own.nack(outcome.cause);
    });
    return batch.derive({ delivery: lent });
  }

  #makeRoom(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
