import { toError } from '../error.ts';

/** How a delivery ended. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly cause: Error };

/** When a delivery counts as done: once safely in a buffer, or once every output has delivered it. */
export type AckLevel = 'stored' | 'delivered';

type Listener = (outcome: Outcome) => void;

const acked: Outcome = { ok: true };
let repeated = 0;
let failed = 0;
/** Listeners that are still to be told. A queue instead of nested calls: deliveries may be joined to any depth. */
const untold: (readonly [Listener, Outcome])[] = [];
let isTelling = false;

/**
 * The ack wire of one batch: settled exactly once, by `ack` or `nack`, or handed on by `split`.
 * It carries no backpressure. What a listener throws becomes a warning of the process: it reaches neither the
 * other listeners nor whoever settled the delivery.
 */
export class Delivery {
  readonly level: AckLevel;
  #outcome: Outcome | undefined;
  #isSplit = false;
  #isJoined = false;
  #listeners: Listener[] = [];
  #settled: Promise<Outcome> | undefined;

  constructor(level: AckLevel = 'stored') {
    this.level = level;
  }

  /** How many times any delivery of this process was settled a second time (and the second was ignored). */
  static get repeatedSettles(): number {
    return repeated;
  }

  /** How many listeners of this process threw. */
  static get failedListeners(): number {
    return failed;
  }

  /** One delivery for several: when it settles, all of them settle alike. For batches that were regrouped. */
  static join(parts: readonly Delivery[]): Delivery {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    const level = parts.some((part) => part.level === 'delivered') ? 'delivered' : 'stored';
    const joined = new Delivery(level);
    for (const part of parts) part.#isJoined = true;
    joined.onSettled((outcome) => {
      for (const part of parts) part.#settle(outcome);
    });
    return joined;
  }

  /** The batch is safe (or was dropped on purpose). */
  ack(): void {
    this.#settle(acked);
  }

  /** The batch is not safe: its source should offer it again. */
  nack(cause: Error): void {
    this.#settle({ ok: false, cause });
  }

  /**
   * Hands this delivery on to `count` parts and consumes the handle: it settles once all parts have,
   * with the first nack if there was one. Parts of a delivery that is settled already concern nobody.
   * @throws RangeError when `count` is no whole number
   */
  split(count: number): Delivery[] {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError(`a delivery is split into a whole number of parts, not ${count}`);
    if (this.#outcome !== undefined || this.#isSplit) {
      repeated += 1;
      return Array.from({ length: count }, () => new Delivery(this.level));
    }
    if (count === 1) return [this];
    this.#isSplit = true;
    let open = count;
    let firstNack: Outcome | undefined;
    const settlePart = (outcome: Outcome): void => {
      if (!outcome.ok) firstNack ??= outcome;
      open -= 1;
      if (open === 0) this.#finish(firstNack ?? acked);
    };
    if (count === 0) this.#finish(acked);
    return Array.from({ length: count }, () => {
      const part = new Delivery(this.level);
      part.onSettled(settlePart);
      return part;
    });
  }

  /**
   * Calls `listener` once with the outcome: at once if settled already, else when it settles. Within another
   * listener, "at once" means when that one has returned.
   */
  onSettled(listener: Listener): void {
    if (this.#outcome === undefined) this.#listeners.push(listener);
    else tell([listener], this.#outcome);
  }

  /** Whether it was split or joined, so that others settle it. */
  get isHandedOn(): boolean {
    return this.#isSplit || this.#isJoined;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Resolves with the outcome; it never rejects. */
  get settled(): Promise<Outcome> {
    this.#settled ??= new Promise((resolve) => this.onSettled(resolve));
    return this.#settled;
  }

  #settle(outcome: Outcome): void {
    if (this.#outcome !== undefined || this.#isSplit) repeated += 1;
    else this.#finish(outcome);
  }

  #finish(outcome: Outcome): void {
    this.#outcome = outcome;
    const listeners = this.#listeners;
    this.#listeners = [];
    tell(listeners, outcome);
  }
}

function tell(listeners: readonly Listener[], outcome: Outcome): void {
  for (const listener of listeners) untold.push([listener, outcome]);
  if (isTelling) return;
  isTelling = true;
  // The queue grows while it is worked through.
  for (let index = 0; index < untold.length; index += 1) {
    const next = untold[index];
    if (next !== undefined) call(next[0], next[1]);
  }
  untold.length = 0;
  isTelling = false;
}

function call(listener: Listener, outcome: Outcome): void {
  try {
    listener(outcome);
  } catch (thrown) {
    failed += 1;
    // A listener that fails for each batch must not flood the log: told at 1, 2, 4, ...
    if ((failed & (failed - 1)) === 0) process.emitWarning(toError(thrown));
  }
}
