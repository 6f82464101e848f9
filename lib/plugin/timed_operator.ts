import type { Clock, Timer } from '../clock.ts';
import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Operator } from './contract.ts';

/** What an operator that holds events for a time does; `timedOperator` makes the stream of it. */
export interface TimedStage {
  /** Takes a batch; gives what is ready now. */
  take(batch: EventBatch): Iterable<EventBatch>;
  /** Milliseconds until `due` is to be called, 0 or less for at once; undefined when nothing is held. */
  dueInMs(): number | undefined;
  /** The time is up: gives what is due. It must not stay due. */
  due(): Iterable<EventBatch>;
  /** There is nothing more to come: gives all that is held. */
  end(): Iterable<EventBatch>;
  /** Called last, however it ended. */
  close?(): void;
}

/**
 * An operator over batches and time. What is due goes out before the next batch is taken, so that a source that
 * never pauses does not hold up time. When `signal` is aborted it stops and gives nothing more: those who aborted
 * settle what it holds.
 */
export function timedOperator(clock: Clock, makeStage: () => TimedStage): Operator {
  return async function* (source, signal) {
    const arrivals = new Arrivals(source, clock, signal);
    const stage = makeStage();
    try {
      for (;;) {
        const arrival = await arrivals.next(stage.dueInMs());
        if (arrival === 'aborted') return;
        if (arrival === 'ended') return yield* stage.end();
        yield* arrival === 'due' ? stage.due() : stage.take(arrival);
      }
    } finally {
      stage.close?.();
      arrivals.close();
    }
  };
}

type Arrival = EventBatch | 'due' | 'ended' | 'aborted';

/** A source and a clock, asked for whichever has something first. At most one call of `next` at a time. */
class Arrivals {
  readonly #source: AsyncIterator<EventBatch>;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #wakeUp = (): void => this.#wake();
  #isAsking = false;
  /** What the source gave, when nobody was waiting for it any more. */
  #result: IteratorResult<EventBatch, unknown> | undefined;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(source: AsyncIterable<EventBatch>, clock: Clock, signal: AbortSignal) {
    this.#source = source[Symbol.asyncIterator]();
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#wakeUp, { once: true });
  }

  /** @throws what the source throws */
  async next(waitMs: number | undefined): Promise<Arrival> {
    if (waitMs !== undefined && waitMs <= 0) return this.#signal.aborted ? 'aborted' : 'due';
    if (this.#result === undefined) this.#ask();
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#signal.aborted || this.#hasAnswer) resolve();
      if (waitMs !== undefined) timer = this.#clock.after(waitMs, resolve);
    });
    timer?.cancel();
    if (this.#signal.aborted) return 'aborted';
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#result === undefined) return 'due';
    const { done, value } = this.#result;
    this.#result = undefined;
    return done === true ? 'ended' : value;
  }

  /** Lets the source go. It is not waited for: it may be waiting itself. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#wakeUp);
    this.#source.return?.().catch(() => {});
  }

  get #hasAnswer(): boolean {
    return this.#result !== undefined || this.#failure !== undefined;
  }

  /** Asks once and remembers the answer: a promise raced against timer after timer would gather listeners for ever. */
  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#source.next().then(
      (result) => {
        this.#isAsking = false;
        this.#result = result;
        this.#wake();
      },
      (thrown) => {
        this.#failure = toError(thrown);
        this.#wake();
      },
    );
  }
}
