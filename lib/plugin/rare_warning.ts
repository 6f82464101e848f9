import type { Clock } from '../clock.ts';
import type { Log, LogFields } from '../log.ts';

const intervalMs = 10_000;

/** Warnings of what may happen many times a second: each kind is told once in ten seconds, with how many were not. */
export class RareWarning {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, { toldMs: number; untold: number }>();

  constructor({ log, clock }: { readonly log: Log; readonly clock: Clock }) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `kind` must be one of a few: each is remembered. */
  warn(kind: string, message: string, fields: LogFields): void {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs - known.toldMs < intervalMs) {
      known.untold += 1;
      return;
    }
    const untold = known?.untold ?? 0;
    this.#kinds.set(kind, { toldMs: nowMs, untold: 0 });
    this.#log.warn(message, untold > 0 ? { ...fields, untold } : fields);
  }
}
