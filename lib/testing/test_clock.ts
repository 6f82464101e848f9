import type { Clock, Timer } from '../clock.ts';

interface Pending {
  readonly dueNs: bigint;
  readonly run: () => void;
}

/** A clock that stands still until it is moved; moving it calls the timers that are due, in order, at their own times. */
export class TestClock implements Clock {
  #nowNs: bigint;
  readonly #startNs: bigint;
  readonly #pending = new Set<Pending>();

  /** `start` is the wall clock at first. */
  constructor(
    start: { readonly sec: number; readonly nsec: number } = { sec: 1_700_000_000, nsec: 0 },
  ) {
    this.#nowNs = BigInt(start.sec) * 1_000_000_000n + BigInt(start.nsec);
    this.#startNs = this.#nowNs;
  }

  nowMs(): number {
    return Number(this.#nowNs / 1_000_000n);
  }

  now(): { readonly sec: number; readonly nsec: number } {
    return {
      sec: Number(this.#nowNs / 1_000_000_000n),
      nsec: Number(this.#nowNs % 1_000_000_000n),
    };
  }

  monotonicMs(): number {
    return Number(this.#nowNs - this.#startNs) / 1e6;
  }

  after(delayMs: number, run: () => void): Timer {
    const pending = { dueNs: this.#nowNs + toNs(Math.max(delayMs, 0)), run };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Moves the clock by `ms`. Timers that are set on the way and due on the way are called too. */
  advance(ms: number): void {
    const endNs = this.#nowNs + toNs(ms);
    for (let next = this.#nextBefore(endNs); next !== undefined; next = this.#nextBefore(endNs)) {
      this.#pending.delete(next);
      if (next.dueNs > this.#nowNs) this.#nowNs = next.dueNs;
      next.run();
    }
    this.#nowNs = endNs;
  }

  #nextBefore(endNs: bigint): Pending | undefined {
    let next: Pending | undefined;
    for (const each of this.#pending) {
      if (each.dueNs <= endNs && (next === undefined || each.dueNs < next.dueNs)) next = each;
    }
    return next;
  }
}

function toNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
