import { type Clock, delay, sharedAbort, whenAborted } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import { type EventBatch, isBatch } from '../event/batch.ts';
import { type AckLevel, Delivery } from '../event/delivery.ts';
import type { Log } from '../log.ts';
import type { Counter } from '../metric/metric.ts';
import type { Input } from '../plugin/contract.ts';
import type { Door } from './door.ts';

/** What an input runner is made of. */
export interface InputSetup {
  readonly id: string;
  readonly input: Input;
  readonly door: Door;
  readonly ack: AckLevel;
  readonly clock: Clock;
  readonly log: Log;
  readonly emitted: Counter;
  readonly batches: Counter;
}

const firstWaitMs = 1000;
const longestWaitMs = 30_000;
const thereIsRoom = Promise.resolve();

/** Runs an input: hands its batches to its label, and starts it again, after a growing wait, when it fails. */
export class InputRunner {
  readonly #setup: InputSetup;
  readonly #abort = sharedAbort();
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(setup: InputSetup) {
    this.#setup = setup;
  }

  /** Starts the input; resolves when it has ended by itself or was stopped. Never rejects. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Asks the input to stop; resolves when it has, or when `deadline` is aborted. What it emits later is nacked. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#abort.abort();
    let hasEnded = this.#running === undefined;
    const ended = this.#running?.then(() => {
      hasEnded = true;
    });
    await Promise.race([ended, whenAborted(deadline)]);
    if (!hasEnded) this.#setup.log.warn('an input did not stop in time');
    this.#isClosed = true;
  }

  async #run(): Promise<void> {
    const { input, log, clock } = this.#setup;
    const { signal } = this.#abort;
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      const beganMs = clock.monotonicMs();
      try {
        await input.run((batch) => this.#emit(batch), signal);
        return;
      } catch (thrown) {
        const error = toError(thrown);
        if (signal.aborted) {
          // To throw what `signal` was aborted with is one way to stop.
          if (error.name !== 'AbortError') log.warn('an input failed while it stopped', { error });
          return;
        }
        if (clock.monotonicMs() - beganMs > longestWaitMs) waitMs = firstWaitMs;
        log.error('an input failed; it is started again', { error, waitMs });
        await delay(clock, waitMs, signal);
        waitMs = Math.min(waitMs * 2, longestWaitMs);
      }
    }
  }

  #emit(batch: EventBatch): Promise<void> {
    const { door, ack, emitted, batches, id, log } = this.#setup;
    if (!isBatch(batch)) throw new TypeError(`input \`${id}\` emits something that is no batch`);
    if (this.#isClosed) {
      batch.delivery.nack(
        new MillraceError('MR_STOPPED', `input \`${id}\` has stopped`, { pluginId: id }),
      );
      return thereIsRoom;
    }
    if (batch.count === 0) {
      batch.delivery.ack();
      return thereIsRoom;
    }
    emitted.add(batch.count);
    batches.add();
    try {
      return door.offer(ack === 'stored' ? batch : untilDelivered(batch)) ?? thereIsRoom;
    } catch (thrown) {
      log.error('a batch could not be routed', { tag: batch.tag, error: thrown });
      batch.delivery.nack(toError(thrown));
      return thereIsRoom;
    }
  }
}

/** The same batch whose delivery counts as done only when every output has delivered it. */
function untilDelivered(batch: EventBatch): EventBatch {
  if (batch.delivery.level === 'delivered') return batch;
  const delivery = new Delivery('delivered');
  delivery.onSettled((outcome) => {
    if (outcome.ok) batch.delivery.ack();
    else batch.delivery.nack(outcome.cause);
  });
  return batch.derive({ delivery });
}
