import type { Clock, Timer } from '../clock.ts';
import { settled } from './settled.ts';

interface Pending {
  readonly dueNs: bigint;
  readonly run: () => void;
  /** Whether somebody waits for it, as opposed to a timer that would not keep a process alive. */
  readonly isAwaited: boolean;
}

/** How far `runUntilIdle` goes before it takes the timers for endless: a week. */
const endlessMs = 7 * 24 * 3600 * 1000;

/**
 * A clock that stands still until it is moved; moving it calls the timers that are due, in order, at their own
 * times. `advance` moves it at once; `pass` lets what each timer starts run through before the next one.
 */
export class TestClock implements Clock {
  #nowNs: bigint;
  readonly #startNs: bigint;
  #jumpedNs = 0n;
  readonly #pending = new Set<Pending>();

  /** `start` is the wall clock at first. */
  constructor(
    start: { readonly sec: number; readonly nsec: number } = { sec: 1_700_000_000, nsec: 0 },
  ) {
    this.#nowNs = BigInt(start.sec) * 1_000_000_000n + BigInt(start.nsec);
    this.#startNs = this.#nowNs;
  }

  nowMs(): number {
    return Number((this.#nowNs + this.#jumpedNs) / 1_000_000n);
  }

  now(): { readonly sec: number; readonly nsec: number } {
    const wallNs = this.#nowNs + this.#jumpedNs;
    return { sec: Number(wallNs / 1_000_000_000n), nsec: Number(wallNs % 1_000_000_000n) };
  }

  monotonicMs(): number {
    return Number(this.#nowNs - this.#startNs) / 1e6;
  }

  after(delayMs: number, run: () => void, options?: { readonly keepAlive?: boolean }): Timer {
    const dueNs = this.#nowNs + toNs(Math.max(delayMs, 0));
    const pending = { dueNs, run, isAwaited: options?.keepAlive !== false };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Sets the wall clock forward or back, as a person or a time server does. No timer notices. */
  jump(ms: number): void {
    this.#jumpedNs += toNs(ms);
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Moves the clock by `ms`. Timers that are set on the way and due on the way are called too. */
  advance(ms: number): void {
    const endNs = this.#nowNs + toNs(ms);
    for (let next = this.#next(endNs); next !== undefined; next = this.#next(endNs)) {
      this.#fire(next);
    }
    this.#nowNs = endNs;
  }

  /**
   * Moves the clock by `ms` as real time would pass: before each timer, and at the end, everything that can go on
   * does so. The same program does the same at the same times, however slow the machine is.
   */
  async pass(ms: number): Promise<void> {
    const endNs = this.#nowNs + toNs(ms);
    await settled();
    for (let next = this.#next(endNs); next !== undefined; next = this.#next(endNs)) {
      this.#fire(next);
      await settled();
    }
    this.#nowNs = endNs;
  }

  /**
   * Passes time until no timer is left that somebody waits for.
   * @throws Error when there are timers still after `limitMs`, a week unless given
   */
  async runUntilIdle(limitMs: number = endlessMs): Promise<void> {
    const endNs = this.#nowNs + toNs(limitMs);
    await settled();
    while (this.#isAwaited()) {
      const next = this.#next(endNs);
      if (next === undefined) throw new Error(`after ${limitMs} ms there are timers still`);
      this.#fire(next);
      await settled();
    }
  }

  /** Passes as much time as it takes `promise` to settle, and gives what it gives. */
  async passUntil<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    await settled();
    for (let next = this.#next(); !isOver && next !== undefined; next = this.#next()) {
      this.#fire(next);
      await settled();
    }
    return promise;
  }

  #fire(pending: Pending): void {
    this.#pending.delete(pending);
    if (pending.dueNs > this.#nowNs) this.#nowNs = pending.dueNs;
    pending.run();
  }

  #isAwaited(): boolean {
    for (const pending of this.#pending) if (pending.isAwaited) return true;
    return false;
  }

  /** The first timer that is due up to `endNs`; of two that are due together, the one that was set first. */
  #next(endNs?: bigint): Pending | undefined {
    let next: Pending | undefined;
    for (const each of this.#pending) {
      const isIn = endNs === undefined || each.dueNs <= endNs;
      if (isIn && (next === undefined || each.dueNs < next.dueNs)) next = each;
    }
    return next;
  }
}

function toNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
