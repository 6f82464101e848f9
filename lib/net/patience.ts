import type { Clock } from '../clock.ts';
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
    let timer = this.clock.after(idleMs, over);
    const message = `nothing came for ${idleMs} ms`;
    const patience = this;
    function over(): void {
      if (isIdle()) patience.onOver(new ForwardRefusal('idle', message));
      else timer = patience.clock.after(idleMs ?? 0, over);
    }
    try {
      return await wait();
    } finally {
      timer.cancel();
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
    const timer = this.clock.after(limitMs, () => {
      this.onOver(new ForwardRefusal(reason, message));
    });
    try {
      return await wait();
    } finally {
      timer.cancel();
    }
  }
}
