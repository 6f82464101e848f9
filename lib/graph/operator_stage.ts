import { type Clock, delay, whenAborted } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import { type EventBatch, isBatch } from '../event/batch.ts';
import { Delivery } from '../event/delivery.ts';
import { branchOrigin, type Origin } from '../event/origin.ts';
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
 * settled or passed on is nacked, and it is made anew after a wait that doubles; the rest of the graph goes on.
 */
export class OperatorStage implements OperatorDoor {
  readonly #setup: OperatorSetup;
  readonly #queue: EventBatch[] = [];
  /**
   * What the operator holds. It gets batches with deliveries lent to it, so that the batch can be nacked
   * whatever became of the lent one: split, and half of it lost.
   */
  readonly #lent = new Map<Delivery, Delivery>();
  /** How many batches came out of the operator with the origin of one that went in. */
  readonly #emitted = new WeakMap<Origin, number>();
  readonly #ending = new AbortController();
  readonly #abort = new AbortController();
  #next: (batch: EventBatch) => Promise<void> | undefined = () => undefined;
  #room: (() => void)[] = [];
  #arrived: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #runs = 0;
  #hasEnded = false;

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
    if (this.#hasEnded) {
      batch.delivery.nack(this.#stopped());
      return undefined;
    }
    this.#queue.push(batch);
    this.#arrived?.();
    if (this.#queue.length < queueLimit) return undefined;
    return new Promise((resolve) => this.#room.push(resolve));
  }

  /**
   * Lets the operator finish what it was given; resolves when it has ended, or when `signal` is aborted. What it
   * split or joined and passed on is settled by those who took it, until `signal` is aborted.
   */
  async end(signal: AbortSignal): Promise<void> {
    this.#ending.abort();
    this.#arrived?.();
    await Promise.race([this.#running, whenAborted(signal)]);
    this.#hasEnded = true;
    this.#abort.abort();
    const cause = this.#stopped();
    for (const batch of this.#queue.splice(0)) batch.delivery.nack(cause);
    this.#nackLent(cause, (lent) => signal.aborted || !lent.isHandedOn);
    this.#releaseRoom();
    if (this.#lent.size > 0) whenAborted(signal).then(() => this.#nackLent(cause));
  }

  async #run(): Promise<void> {
    const { id, clock, log } = this.#setup;
    let waitMs = firstWaitMs;
    for (;;) {
      const beganMs = clock.monotonicMs();
      const thrown = await this.#runOnce();
      const isEnding = this.#ending.signal.aborted;
      if (isEnding && thrown === undefined) return;
      const error = thrown ?? new MillraceError('MR_EVENT', `operator \`${id}\` ended by itself`);
      this.#nackLent(error);
      if (isEnding) {
        log.error('an operator failed while it ended', { error });
        return;
      }
      if (clock.monotonicMs() - beganMs > longestWaitMs) waitMs = firstWaitMs;
      log.error('an operator failed; it is started again', { error, waitMs });
      await delay(clock, waitMs, this.#ending.signal);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  }

  async #runOnce(): Promise<Error | undefined> {
    this.#runs += 1;
    try {
      const operator = this.#setup.make();
      for await (const batch of operator(this.#source(this.#runs), this.#abort.signal)) {
        if (this.#hasEnded) return undefined;
        await this.#pass(batch);
      }
      return undefined;
    } catch (thrown) {
      return toError(thrown);
    } finally {
      // The source may still be waiting for the operator that is gone.
      this.#runs += 1;
      this.#arrived?.();
    }
  }

  async *#source(run: number): AsyncGenerator<EventBatch> {
    while (run === this.#runs) {
      const batch = this.#queue.shift();
      if (batch !== undefined) {
        if (this.#queue.length < queueLimit) this.#releaseRoom();
        yield this.#lend(batch);
      } else if (this.#ending.signal.aborted) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
      }
    }
  }

  #lend(batch: EventBatch): EventBatch {
    const { delivery: own, origin } = batch;
    const lent = new Delivery(own.level);
    this.#lent.set(lent, own);
    lent.onSettled((outcome) => {
      if (!this.#lent.delete(lent)) return;
      if (outcome.ok) own.ack();
      else own.nack(outcome.cause);
    });
    if (origin !== undefined) this.#emitted.delete(origin);
    return batch.derive({ delivery: lent });
  }

  #pass(given: unknown): Promise<void> | undefined {
    if (!isBatch(given)) {
      const { id } = this.#setup;
      throw new MillraceError('MR_EVENT', `operator \`${id}\` gives something that is no batch`);
    }
    const own = this.#lent.get(given.delivery);
    // From here on those who take the batch settle it, whatever becomes of the operator.
    if (own !== undefined) this.#handOn(given.delivery, own);
    const batch = this.#withOwnOrigin(own === undefined ? given : given.derive({ delivery: own }));
    if (batch.count > 0) return this.#next(batch);
    batch.delivery.ack();
    return undefined;
  }

  /** The operator may listen to the delivery that it was lent, to learn what became of what it passed on. */
  #handOn(lent: Delivery, own: Delivery): void {
    this.#lent.delete(lent);
    own.onSettled((outcome) => {
      if (outcome.ok) lent.ack();
      else lent.nack(outcome.cause);
    });
  }

  /** Several batches made of one must not pass for repetitions of one another. */
  #withOwnOrigin(batch: EventBatch): EventBatch {
    const { origin } = batch;
    if (origin === undefined) return batch;
    const before = this.#emitted.get(origin) ?? 0;
    this.#emitted.set(origin, before + 1);
    if (before === 0) return batch;
    // The first one keeps its origin, so another operator may well number the same way: the name tells them apart.
    return batch.derive({ origin: branchOrigin(origin, `${this.#setup.id}:${before}`) });
  }

  #releaseRoom(): void {
    for (const resolve of this.#room.splice(0)) resolve();
  }

  #nackLent(cause: Error, isLost: (lent: Delivery) => boolean = () => true): void {
    const lost = [...this.#lent].filter(([lent]) => isLost(lent));
    for (const [lent] of lost) this.#lent.delete(lent);
    for (const [, own] of lost) own.nack(cause);
  }

  #stopped(): MillraceError {
    return new MillraceError('MR_STOPPED', `operator \`${this.#setup.id}\` has stopped`);
  }
}
