import type { Clock, Timer } from '../clock.ts';
import { ForwardRefusal } from './forward_refusals.ts';

/** How long a client is waited for. */
export interface PatienceSettings {
  /** Between two frames; undefined: for ever. */
  readonly idleMs: number | undefined;
  /** From the first byte of a frame to the last, not counting the time in which nothing is read. */
  readonly frameMs: number;
}

/** The patience with one client. */
export class Patience {
  private readonly settings: PatienceSettings;
  private readonly clock: Clock;
  private readonly onOver: (refusal: ForwardRefusal) => void;
  /** What is left for the frame that has begun. */
  private frameLeftMs: number;
  /** What happens when what is waited for now is late. */
  private watch: Watch | undefined;
  /** One for one wait after another: to set a timer for each read costs more than the read. */
  private timer: Timer | undefined;
  private timerDueMs = Number.POSITIVE_INFINITY;

  /** `onOver` is to make what is waited for come to an end. */
  constructor(settings: PatienceSettings, clock: Clock, onOver: (refusal: ForwardRefusal) => void) {
    this.settings = settings;
    this.clock = clock;
    this.onOver = onOver;
    this.frameLeftMs = settings.frameMs;
  }

  /** A frame was read: the next one has all its time. */
  renew(): void {
    this.frameLeftMs = this.settings.frameMs;
  }

  /** Waits for more of a frame that has begun. */
  async forFrame<T>(wait: () => Promise<T>): Promise<T> {
    const { clock } = this;
    const beganMs = clock.monotonicMs();
    const message = `a frame did not come within ${this.settings.frameMs} ms`;
    const more = await this.limited(Math.max(this.frameLeftMs, 0), 'slow_frame', message, wait);
    this.frameLeftMs -= clock.monotonicMs() - beganMs;
    return more;
  }

  /** Waits for anything. A client that is itself waited for, which `isIdle` tells, is not idle. */
  async forAny<T>(wait: () => Promise<T>, isIdle: () => boolean): Promise<T> {
    const { idleMs } = this.settings;
    this.renew();
    if (idleMs === undefined) return wait();
    const message = `nothing came for ${idleMs} ms`;
    const over = (): void => {
      if (isIdle()) this.onOver(new ForwardRefusal('idle', message));
      else this.begin(idleMs, over);
    };
    this.begin(idleMs, over);
    try {
      return await wait();
    } finally {
      this.watch = undefined;
    }
  }

  /** Waits for the client to read what was written to it. */
  forAcks(wait: () => Promise<void>): Promise<void> {
    const { frameMs } = this.settings;
    const message = `its acknowledgements were not read within ${frameMs} ms`;
    return this.limited(frameMs, 'acks_unread', message, wait);
  }

  private async limited<T>(
    limitMs: number,
    reason: 'slow_frame' | 'acks_unread',
    message: string,
    wait: () => Promise<T>,
  ): Promise<T> {
    this.begin(limitMs, () => this.onOver(new ForwardRefusal(reason, message)));
    try {
      return await wait();
    } finally {
      this.watch = undefined;
    }
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private begin(limitMs: number, over: () => void): void {
    const dueMs = this.clock.monotonicMs() + limitMs;
    this.watch = { dueMs, over };
    if (this.timer !== undefined && this.timerDueMs <= dueMs) return;
    this.timer?.cancel();
    this.arm(limitMs, dueMs);
  }

  private arm(delayMs: number, dueMs: number): void {
    this.timerDueMs = dueMs;
    this.timer = this.clock.after(delayMs, () => this.look());
  }

  private look(): void {
    const watch = this.watch;
    this.timer = undefined;
    if (watch === undefined) return;
    const leftMs = watch.dueMs - this.clock.monotonicMs();
    if (leftMs > 0) this.arm(leftMs, watch.dueMs);
    else watch.over();
  }
}

interface Watch {
  /** On the clock that does not go back. */
  readonly dueMs: number;
  readonly over: () => void;
}
