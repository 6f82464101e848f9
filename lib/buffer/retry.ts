import type { BufferPlan } from './options.ts';

type RetryOptions = BufferPlan['options'];

/** Pauses vary by this part of their length, up or down. */
const randomWidth = 0.125;

/**
 * When a chunk that failed is tried again, by whom, and when that ends: Fluentd's rules, but for each chunk by
 * itself. Times are milliseconds of a clock that does not go back.
 */
export class Retry {
  /** When the next attempt is due. */
  nextMs: number;
  readonly #options: RetryOptions;
  readonly #random: () => number;
  readonly #timeoutMs: number;
  /** From here on the secondary gets the chunk; infinite without one. */
  readonly #secondaryMs: number;
  #steps = 0;
  #stepsBeforeSecondary: number | undefined;

  /** The first attempt failed at `startMs`. */
  constructor(options: RetryOptions, startMs: number, hasSecondary: boolean, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.#timeoutMs = startMs + options.retryTimeout;
    this.#secondaryMs =
      hasSecondary && !options.retryForever
        ? startMs + longestMs(options) * options.retrySecondaryThreshold
        : Number.POSITIVE_INFINITY;
    this.nextMs = startMs + this.#randomized(options.retryWait);
  }

  /** Whether an attempt at `nowMs` is the secondary's. */
  isSecondaryAt(nowMs: number): boolean {
    return this.#stepsBeforeSecondary !== undefined || nowMs >= this.#secondaryMs;
  }

  /** Whether there is no attempt after the one that failed at `nowMs`. */
  isOverAt(nowMs: number): boolean {
    const { retryForever, retryMaxTimes } = this.#options;
    if (retryForever) return false;
    return (
      nowMs >= this.#timeoutMs || (retryMaxTimes !== undefined && this.#steps >= retryMaxTimes)
    );
  }

  /** A retry failed at `nowMs`. */
  fail(nowMs: number): void {
    this.#steps += 1;
    if (this.#stepsBeforeSecondary === undefined && nowMs >= this.#secondaryMs) {
      this.#stepsBeforeSecondary = this.#steps;
    }
    const naive = nowMs + this.#randomized(this.#pauseMs());
    if (this.#options.retryForever) this.nextMs = naive;
    else if (this.#stepsBeforeSecondary !== undefined) {
      this.nextMs = Math.min(naive, this.#timeoutMs);
    } else this.nextMs = Math.min(naive, this.#secondaryMs, this.#timeoutMs);
  }

  #pauseMs(): number {
    return pauseMs(this.#options, this.#steps - (this.#stepsBeforeSecondary ?? 0));
  }

  #randomized(ms: number): number {
    if (!this.#options.retryRandomize) return ms;
    return ms + ms * randomWidth * (2 * this.#random() - 1);
  }
}

/** The pause before retry `step` + 1, not randomized. */
function pauseMs(options: RetryOptions, step: number): number {
  const { retryType, retryWait, retryExponentialBackoffBase: base, retryMaxInterval } = options;
  if (retryType === 'periodic') return retryWait;
  const pause = retryWait * base ** step;
  return Math.min(pause, retryMaxInterval ?? Number.POSITIVE_INFINITY);
}

/** How long all retries take at most, pauses not randomized. */
function longestMs(options: RetryOptions): number {
  const { retryMaxTimes, retryTimeout } = options;
  if (retryMaxTimes === undefined) return retryTimeout;
  let sum = 0;
  for (let step = 0; step < retryMaxTimes && sum < retryTimeout; step += 1) {
    sum += pauseMs(options, step);
  }
  return Math.min(sum, retryTimeout);
}
