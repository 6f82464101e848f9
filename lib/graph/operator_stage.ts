import { type Clock, delay } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Delivery } from '../event/delivery.ts';
import type { Log } from '../log.ts';
import type { Operator } from '../plugin/contract.ts';
import type { OperatorDoor } from './junction.ts';

/** What an operator stage is made of. */
export interface OperatorSetup {
  readonly id: string;
  readonly make: () => Operator;
  readonly clock: Clock;
  readonly log: Log;
}

/** Batches that may wait in front of an operator. */
const queueLimit = 16;
const firstWaitMs = 1000;
const longestWaitMs = 30_000;

/**
 * A stream operator behind a bounded queue. When it throws, or ends by itself, what it had taken and not
 * settled is nacked, and it is made anew after a wait that doubles; the rest of the graph goes on.
 */
export class OperatorStage implements OperatorDoor {
  readonly #setup: OperatorSetup;
  readonly #queue: EventBatch[] = [];
  readonly #outstanding = new Set<Delivery>();
  readonly #abort = new AbortController();
  #next: (batch: EventBatch) => Promise<void> | undefined = () => undefined;
  #room: (() => void)[] = [];
  #arrived: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(setup: OperatorSetup) {
    this.#setup = setup;
  }

  connect(next: (batch: EventBatch) => Promise<void> | undefined): void {
    this.#next = next;
  }

  start(): void {
    this.#running = this.#run();
  }

  offer(batch: EventBatch): Promise<void> | undefined {
    this.#queue.push(batch);
    this.#arrived?.();
    if (this.#queue.length < queueLimit) return undefined;
    return new Promise((resolve) => this.#room.push(resolve));
  }

  /** Lets the operator finish what it was given; resolves when it has ended, or when `signal` is aborted. */
  async end(signal: AbortSignal): Promise<void> {
    this.#isEnding = true;
    this.#arrived?.();
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#running, aborted]);
    this.#abort.abort();
    const stopped = new MillraceError('MR_STOPPED', `operator \`${this.#setup.id}\` has stopped`);
    for (const batch of this.#queue.splice(0)) batch.delivery.nack(stopped);
    this.#nackOutstanding(stopped);
  }

  async #run(): Promise<void> {
    let waitMs = firstWaitMs;
    while (!this.#abort.signal.aborted) {
      const cause = await this.#runOnce();
      if (this.#isEnding && this.#queue.length === 0) return;
      this.#nackOutstanding(cause);
      this.#setup.log.error('an operator failed; it is started again', { error: cause, waitMs });
      await delay(this.#setup.clock, waitMs, this.#abort.signal);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  }

  async #runOnce(): Promise<Error> {
    try {
      const operator = this.#setup.make();
      for await (const batch of operator(this.#source(), this.#abort.signal)) {
        await this.#next(batch);
      }
      return new MillraceError('MR_EVENT', `operator \`${this.#setup.id}\` ended by itself`);
    } catch (thrown) {
      return toError(thrown);
    }
  }

  async *#source(): AsyncGenerator<EventBatch> {
    for (;;) {
      const batch = this.#queue.shift();
      if (batch !== undefined) {
        this.#releaseRoom();
        this.#watch(batch.delivery);
        yield batch;
      } else if (this.#isEnding || this.#abort.signal.aborted) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
      }
    }
  }

  #watch(delivery: Delivery): void {
    this.#outstanding.add(delivery);
    delivery.onSettled(() => this.#outstanding.delete(delivery));
  }

  #releaseRoom(): void {
    if (this.#queue.length >= queueLimit) return;
    for (const resolve of this.#room.splice(0)) resolve();
  }

  #nackOutstanding(cause: Error): void {
    for (const delivery of [...this.#outstanding]) delivery.nack(cause);
  }
}
