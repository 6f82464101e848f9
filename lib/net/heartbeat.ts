import { type Clock, sharedAbort, type Timer } from '../clock.ts';
import { toError } from '../error.ts';
import type { Health } from './health.ts';

/**
 * Looks for a sign of life. Resolves with whether there was one; a rejection says that there can be none: the
 * server takes no connection.
 */
export type Probe = (signal: AbortSignal) => Promise<boolean>;

/** How heartbeats are looked for. */
export interface HeartbeatSetup {
  /** Undefined: none are; a server that failed is tried again with a chunk after `recoverWaitMs`. */
  readonly probe: Probe | undefined;
  readonly intervalMs: number;
  readonly recoverWaitMs: number;
  readonly health: Health;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A server that does not answer is asked at longer and longer intervals, up to this part of the recover wait. */
const longestPart = 1 / 2;

/**
 * Looks for heartbeats every interval, as long as nothing else is heard of a server. All waits are a little longer
 * or shorter by chance, so that the agents of a server that was away do not all come at once.
 */
export class Heartbeat {
  private readonly setup: HeartbeatSetup;
  private readonly stopping = sharedAbort();
  private timer: Timer | undefined;
  private misses = 0;

  constructor(setup: HeartbeatSetup) {
    this.setup = setup;
  }

  start(): void {
    const { probe, intervalMs, health, random } = this.setup;
    if (probe === undefined || this.timer !== undefined) return;
    health.begin();
    this.arm(intervalMs * random());
  }

  stop(): void {
    this.stopping.abort();
    this.timer?.cancel();
  }

  /** The server has failed. Without heartbeats it is left alone for a while. */
  onFailed(): void {
    const { probe, recoverWaitMs, health, clock, random } = this.setup;
    if (probe !== undefined || this.stopping.signal.aborted) return;
    this.timer?.cancel();
    const waitMs = recoverWaitMs * (0.75 + 0.25 * random());
    this.timer = clock.after(waitMs, () => health.tryAgain(), { keepAlive: false });
  }

  private arm(delayMs: number): void {
    if (this.stopping.signal.aborted) return;
    const look = (): void => void this.look();
    this.timer = this.setup.clock.after(delayMs, look, { keepAlive: false });
  }

  private async look(): Promise<void> {
    const { probe, health } = this.setup;
    // A chunk that was delivered says more than a probe could.
    const isAlive = health.isHeard || (await this.ask(probe));
    if (this.stopping.signal.aborted) return;
    this.misses = isAlive ? 0 : this.misses + 1;
    health.tick();
    this.arm(this.waitMs());
  }

  private async ask(probe: Probe | undefined): Promise<boolean> {
    const { health } = this.setup;
    try {
      const isAlive = (await probe?.(this.stopping.signal)) ?? false;
      if (isAlive) health.heard();
      return isAlive;
    } catch (thrown) {
      if (!this.stopping.signal.aborted) health.failed(toError(thrown));
      return false;
    }
  }

  private waitMs(): number {
    const { intervalMs, recoverWaitMs, health, random } = this.setup;
    if (health.isSound || this.misses === 0) return intervalMs * (0.9 + 0.2 * random());
    const longestMs = Math.max(intervalMs, recoverWaitMs * longestPart);
    return Math.min(intervalMs * 2 ** (this.misses - 1), longestMs) * (0.5 + 0.5 * random());
  }
}
