import type { Clock, Timer } from '../clock.ts';

/** How long user code may neither take nor give anything: then it is taken for lost. */
export const usualPatienceMs = 30_000;

/** Notices that code which was given something does not come back. It costs no timer a turn: one goes on as long as there is work. */
export class Patience {
  readonly #clock: Clock;
  readonly #onLost: () => void;
  #sinceMs: number | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, onLost: () => void) {
    this.#clock = clock;
    this.#onLost = onLost;
  }

  /** The code has the turn. */
  begin(): void {
    this.#sinceMs = this.#clock.monotonicMs();
    this.#timer ??= this.#arm(usualPatienceMs);
  }

  /** The code waits for others. */
  end(): void {
    this.#sinceMs = undefined;
  }

  close(): void {
    this.end();
    this.#timer?.cancel();
  }

  #arm(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => this.#look(), { keepAlive: false });
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#sinceMs === undefined) return;
    const leftMs = this.#sinceMs + usualPatienceMs - this.#clock.monotonicMs();
    if (leftMs <= 0) this.#onLost();
    else this.#timer = this.#arm(leftMs);
  }
}
