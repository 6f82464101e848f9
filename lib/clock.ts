import { setMaxListeners } from 'node:events';

/** A timer that was set; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Time as the runtime sees it: injected everywhere, so that tests can move it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
  /** Wall clock as seconds and nanoseconds since the epoch. */
  now(): { readonly sec: number; readonly nsec: number };
  /** Milliseconds that never go backwards; only differences mean anything. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. `keepAlive: false` lets the process exit before it fires. */
  after(delayMs: number, run: () => void, options?: { readonly keepAlive?: boolean }): Timer;
}

/** Resolves after `delayMs` of `clock` time, or at once when `signal` is aborted; it never rejects. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** A controller whose signal many listen to, one for each connection say: Node takes more than ten for a leak. */
export function sharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

const abortions = new WeakMap<AbortSignal, Promise<void>>();

/** Resolves when `signal` is aborted; it never rejects. However many wait, the signal has one listener more. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  let aborted = abortions.get(signal);
  if (aborted === undefined) {
    aborted = new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    abortions.set(signal, aborted);
  }
  return aborted;
}

const longestTimeoutMs = 2 ** 31 - 1;
const nanosAtStart = process.hrtime.bigint();
const wallAtStart = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
let wallOffset = wallAtStart - nanosAtStart;

/** The real clock. Wall time has sub-microsecond resolution and follows steps of the system clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  now() {
    const nanos = process.hrtime.bigint() + wallOffset;
    const driftMs = Date.now() - Number(nanos / 1_000_000n);
    if (driftMs > 2 || driftMs < -2) {
      wallOffset += BigInt(driftMs) * 1_000_000n;
      return systemClock.now();
    }
    return { sec: Number(nanos / 1_000_000_000n), nsec: Number(nanos % 1_000_000_000n) };
  },
  monotonicMs: () => performance.now(),
  after(delayMs, run, options) {
    const dueMs = performance.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = dueMs - performance.now();
      handle = setTimeout(
        leftMs > longestTimeoutMs ? arm : run,
        Math.min(Math.max(leftMs, 0), longestTimeoutMs),
      );
      if (options?.keepAlive === false) handle.unref();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};
