import type { Clock, Timer } from '../clock.ts';

/** Wakes things up at their times, with one timer for all of them. */
export class Pauses<T> {
  readonly #clock: Clock;
  readonly #wake: (thing: T) => void;
  readonly #dueMs = new Map<T, number>();
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, wake: (thing: T) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Wakes a thing up at a monotonic time; a later call replaces an earlier one. */
  pause(thing: T, dueMs: number): void {
    this.#dueMs.set(thing, dueMs);
    this.#arm(dueMs);
  }

  /** Forgets all that sleep. */
  clear(): void {
    this.#dueMs.clear();
    this.#timer?.cancel();
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #arm(dueMs: number): void {
    if (dueMs >= this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    this.#timer = this.#clock.after(dueMs - this.#clock.monotonicMs(), () => this.#fire());
  }

  #fire(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [thing, dueMs] of [...this.#dueMs]) {
      if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs);
      else {
        this.#dueMs.delete(thing);
        this.#wake(thing);
      }
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#arm(nextMs);
  }
}
