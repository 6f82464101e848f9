import { type Clock, delay, whenAborted } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import { type EventBatch, isBatch } from '../event/batch.ts';
import { Delivery } from '../event/delivery.ts';
import { branchOrigin, errorOrigin, type Origin } from '../event/origin.ts';
import type { Log } from '../log.ts';
import type { Operator } from '../plugin/contract.ts';
import { isStalled, stalled } from '../plugin/guard_operator.ts';
import type { OperatorDoor } from './junction.ts';

/** What an operator stage is made of. */
export interface OperatorSetup {
  readonly id: string;
  readonly make: () => Operator;
  /** Sends a batch to `@ERROR`. Undefined while there is room there, else a promise of room. */
  readonly fail: (batch: EventBatch, cause: Error) => Promise<void> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A place in the queue: `reached` is called when the operator asks for what stands behind it. */
class Mark {
  readonly reached: () => void;

  constructor(reached: () => void) {
    this.reached = reached;
  }
}

/** Batches that may wait in front of an operator. */
const queueLimit = 16;
const firstWaitMs = 1000;
const longestWaitMs = 30_000;

/** As many times in a row an operator may stall before others stop to wait for it. */
const stallLimit = 2;

/**
 * A stream operator behind a bounded queue. What it throws is the fault of the batch that it took last, if it has
 * neither asked for another one nor settled or passed that one on: it is made anew and gets the entries of the batch
 * one by one, and the one that it throws on again goes to `@ERROR`. When it throws otherwise, or ends by itself, it
 * is made anew after a wait that doubles. What else it had taken is nacked in any case; the rest of the graph goes on.
 *
 * User code that stalls (`guardOperator`) loses its batch to `@ERROR`; when it stalls on the next one too, what comes
 * while it has a batch goes there as well, so that nobody has to wait for it.
 */
export class OperatorStage implements OperatorDoor {
  readonly #setup: OperatorSetup;
  readonly #queue: (EventBatch | Mark)[] = [];
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
  /** What the operator has taken, with the delivery lent to it, until it asks for another one. */
  #taken: { readonly batch: EventBatch; readonly lent: Delivery } | undefined;
  #stalls = 0;
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
    if (this.#stalls >= stallLimit && this.#taken !== undefined)
      return this.#fail(batch, stalled());
    this.#queue.push(batch);
    this.#arrived?.();
    if (this.#queue.length < queueLimit) return undefined;
    return new Promise((resolve) => this.#room.push(resolve));
  }

  /**
   * Resolves when what was offered before has been dealt with: passed on, settled, or kept by the operator, which
   * has asked for what follows. What it keeps (an open window) it passes on when its time has come.
   */
  caughtUp(): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#queue.push(new Mark(resolve));
      this.#arrived?.();
    });
  }

  /**
   * Lets the operator finish what it was given; resolves when it has ended, or when `signal` is aborted. What it
   * split or joined and passed on is settled by those who took it, until `signal` is aborted.
   */
  async end(signal: AbortSignal): Promise<void> {
    this.#ending.abort();
    this.#arrived?.();
    let isOver = false;
    const running = this.#running.then(() => {
      isOver = true;
    });
    await Promise.race([running, whenAborted(signal)]);
    if (!isOver) this.#setup.log.error('an operator did not end in time; it is left behind');
    this.#hasEnded = true;
    this.#abort.abort();
    const cause = this.#stopped();
    for (const next of this.#queue.splice(0)) {
      if (next instanceof Mark) next.reached();
      else next.delivery.nack(cause);
    }
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
      if (this.#hasEnded) return;
      const isEnding = this.#ending.signal.aborted;
      if (isEnding && thrown === undefined) return;
      const isKnown = thrown !== undefined && (await this.#blame(thrown));
      const error =
        thrown ??
        new MillraceError('MR_EVENT', `operator \`${id}\` ended by itself`, {
          pluginId: id,
        });
      this.#nackLent(error);
      if (isKnown) continue;
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

  /** Deals with the batch that an error is the fault of. Whether there is one: then the operator can go on at once. */
  async #blame(cause: Error): Promise<boolean> {
    const hasStalled = isStalled(cause);
    this.#stalls = hasStalled ? this.#stalls + 1 : 0;
    const batch = this.#giveBack();
    if (batch !== undefined) {
      if (batch.count === 1 || hasStalled) await this.#fail(batch, cause);
      else this.#offerSingly(batch, cause);
    }
    if (this.#stalls >= stallLimit) {
      for (const waiting of this.#queue.splice(0)) {
        if (waiting instanceof Mark) waiting.reached();
        else await this.#fail(waiting, cause);
      }
      this.#releaseRoom();
    }
    return batch !== undefined || hasStalled;
  }

  #offerSingly(batch: EventBatch, cause: Error): void {
    const { id, log } = this.#setup;
    log.warn('an operator failed on a batch; it gets the entries one by one', {
      tag: batch.tag,
      count: batch.count,
      error: cause,
    });
    const entries = batch.entries();
    const singles = batch.delivery.split(entries.length).map((delivery, index) => {
      const origin = branchOrigin(batch.origin, `${id}.${index}`);
      return batch.derive({ delivery, origin }).with(entries.slice(index, index + 1));
    });
    this.#queue.unshift(...singles);
  }

  /** The batch that the operator has and did not deal with, if any: it is not the operator's any more. */
  #giveBack(): EventBatch | undefined {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken === undefined || taken.lent.isHandedOn) return undefined;
    return this.#lent.delete(taken.lent) ? taken.batch : undefined;
  }

  #fail(batch: EventBatch, cause: Error): Promise<void> | undefined {
    const origin = errorOrigin(batch.origin, this.#setup.id);
    return this.#setup.fail(batch.derive({ origin }), cause);
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
      const next = this.#queue.shift();
      if (next instanceof Mark) next.reached();
      else if (next !== undefined) {
        if (this.#queue.length < queueLimit) this.#releaseRoom();
        yield this.#lend(next);
        if (run !== this.#runs) return;
        this.#taken = undefined;
        this.#stalls = 0;
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
    this.#taken = { batch, lent };
    return batch.derive({ delivery: lent });
  }

  #pass(given: unknown): Promise<void> | undefined {
    if (!isBatch(given)) {
      const { id } = this.#setup;
      throw new MillraceError('MR_EVENT', `operator \`${id}\` gives something that is no batch`, {
        pluginId: id,
      });
    }
    this.#stalls = 0;
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
    const { id } = this.#setup;
    return new MillraceError('MR_STOPPED', `operator \`${id}\` has stopped`, { pluginId: id });
  }
}
