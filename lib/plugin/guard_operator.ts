import type { Clock } from '../clock.ts';
import { MillraceError } from '../error.ts';
import type { BatchChange, EventBatch } from '../event/batch.ts';
import type { Delivery } from '../event/delivery.ts';
import type { Entry } from '../event/entry.ts';
import type { Origin } from '../event/origin.ts';
import type { UndecodedEntries } from '../event/undecoded.ts';
import type { Operator } from './contract.ts';
import { Patience, usualPatienceMs } from './patience.ts';
import { freezeEntry } from './user_code.ts';

/**
 * A user's operator on batches. The entries that it sees are frozen, and when it has the turn and neither takes nor
 * gives anything for half a minute, its signal is aborted and it is left behind. @throws MR_STALLED then
 */
export function guardOperator(run: Operator, clock: Clock): Operator {
  return async function* (source, signal) {
    const turn = new Turn(run, source, signal, clock);
    try {
      for (let next = await turn.next(); next.done !== true; next = await turn.next()) {
        yield next.value instanceof FrozenBatch ? next.value.inner : next.value;
      }
    } finally {
      turn.close();
    }
  };
}

/** The error of user code that does not come back. */
export function stalled(): MillraceError {
  const message = `user code neither took nor gave anything for ${usualPatienceMs / 1000} s`;
  return new MillraceError('MR_STALLED', message);
}

/** Whether an error says that user code did not come back. */
export function isStalled(error: Error): boolean {
  return error instanceof MillraceError && error.code === 'MR_STALLED';
}

/** One run of a user's operator: who has the turn, it or those that it waits for. */
class Turn {
  readonly #patience: Patience;
  readonly #lost = new AbortController();
  readonly #iterator: AsyncIterator<EventBatch>;
  #isTaking = false;
  #reject: (cause: Error) => void = () => {};

  constructor(run: Operator, source: AsyncIterable<EventBatch>, signal: AbortSignal, clock: Clock) {
    this.#patience = new Patience(clock, () => {
      this.#lost.abort();
      this.#reject(stalled());
    });
    const signals = AbortSignal.any([signal, this.#lost.signal]);
    this.#iterator = run(this.#watched(source), signals)[Symbol.asyncIterator]();
  }

  next(): Promise<IteratorResult<EventBatch>> {
    const next = new Promise<IteratorResult<EventBatch>>((resolve, reject) => {
      this.#reject = reject;
      if (!this.#isTaking) this.#patience.begin();
      this.#iterator.next().then(resolve, reject);
    });
    return next.finally(() => this.#patience.end());
  }

  close(): void {
    this.#patience.close();
    // One that never comes back does not end either.
    this.#iterator.return?.().then(undefined, () => {});
  }

  async *#watched(source: AsyncIterable<EventBatch>): AsyncGenerator<EventBatch> {
    const batches = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#isTaking = true;
        this.#patience.end();
        const next = await batches.next();
        this.#isTaking = false;
        if (next.done === true || this.#lost.signal.aborted) return;
        this.#patience.begin();
        yield new FrozenBatch(next.value);
      }
    } finally {
      await batches.return?.();
    }
  }
}

/** A batch for user code: the same, but what is seen of its entries cannot be changed. */
class FrozenBatch implements EventBatch {
  readonly inner: EventBatch;
  #entries: readonly Entry[] | undefined;

  constructor(inner: EventBatch) {
    // What user code holds must stay as it is for as long as it likes.
    this.inner = inner.derive({});
  }

  get tag(): string {
    return this.inner.tag;
  }

  get count(): number {
    return this.inner.count;
  }

  get delivery(): Delivery {
    return this.inner.delivery;
  }

  get origin(): Origin | undefined {
    return this.inner.origin;
  }

  get sizeBytes(): number {
    return this.inner.sizeBytes;
  }

  get undecoded(): UndecodedEntries | undefined {
    return this.inner.undecoded;
  }

  entries(): readonly Entry[] {
    this.#entries ??= Object.freeze(this.inner.entries().map(freezeEntry));
    return this.#entries;
  }

  packed(): Uint8Array {
    return this.inner.packed();
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.entries()[Symbol.iterator]();
  }

  with(entries: readonly Entry[] | UndecodedEntries): EventBatch {
    return this.inner.with(entries);
  }

  derive(change: BatchChange): EventBatch {
    return new FrozenBatch(this.inner.derive(change));
  }
}
