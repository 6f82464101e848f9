import type { Clock } from '../clock.ts';
import { MillraceError } from '../error.ts';
import { PhiDetector } from './phi_detector.ts';

/** How a server's signs of life are judged. */
export interface HealthSettings {
  /** Heartbeats are looked for so often. */
  readonly heartbeatIntervalMs: number;
  /** A server that was silent for so long is lost. */
  readonly hardTimeoutMs: number;
  /** So is one whose phi is above this; undefined: phi is not asked. */
  readonly phiThreshold: number | undefined;
  /** A lost server is trusted again when its heartbeats have come for so long. */
  readonly recoverWaitMs: number;
}

/** Who is told when a server is lost and when it is back, once each. */
export interface HealthListener {
  onLost(cause: Error): void;
  onBack(): void;
}

/** Whether a server is well, judged by what is heard of it. It opens nothing and sets no timer. */
export class Health {
  private readonly settings: HealthSettings;
  private readonly clock: Clock;
  private readonly listener: HealthListener;
  private readonly detector: PhiDetector;
  /** `tried`: it may have a chunk, to see whether it is back. */
  private state: 'sound' | 'lost' | 'tried' = 'sound';
  private wasHeard = false;
  /** When it failed last, on the monotonic clock. */
  lostMs = 0;

  constructor(settings: HealthSettings, clock: Clock, listener: HealthListener) {
    this.settings = settings;
    this.clock = clock;
    this.listener = listener;
    this.detector = new PhiDetector(settings.heartbeatIntervalMs, clock.monotonicMs());
  }

  /** Whether it may have chunks. */
  get isSound(): boolean {
    return this.state !== 'lost';
  }

  /** Whether there was a sign of life since the last `tick`. */
  get isHeard(): boolean {
    return this.wasHeard;
  }

  /** Heartbeats are looked for from now on. */
  begin(): void {
    this.detector.clear(this.clock.monotonicMs());
  }

  /** A sign of life: it answered, or took a connection. */
  heard(): void {
    this.wasHeard = true;
  }

  /** It has taken a chunk: no better sign can be asked for. */
  delivered(): void {
    this.wasHeard = true;
    if (this.state !== 'sound') this.back();
  }

  /** It could not be reached, or did not do its work. */
  failed(cause: Error): void {
    const wasSound = this.state === 'sound';
    this.state = 'lost';
    this.lostMs = this.clock.monotonicMs();
    this.wasHeard = false;
    this.detector.clear(this.lostMs);
    if (wasSound) this.listener.onLost(cause);
  }

  /** The wait is over: it may be tried with a chunk. */
  tryAgain(): void {
    if (this.state === 'lost') this.state = 'tried';
  }

  /** One heartbeat interval has passed: judges what was heard in it. */
  tick(): void {
    const { heartbeatIntervalMs, recoverWaitMs } = this.settings;
    const nowMs = this.clock.monotonicMs();
    if (this.wasHeard) this.detector.add(nowMs);
    this.wasHeard = false;
    if (this.state !== 'lost') this.judge(nowMs);
    else if (this.detector.count > recoverWaitMs / heartbeatIntervalMs) this.back();
  }

  private judge(nowMs: number): void {
    const { hardTimeoutMs, phiThreshold } = this.settings;
    const phi = this.detector.phi(nowMs);
    const silenceMs = Math.round(this.detector.silenceMs(nowMs));
    if (silenceMs > hardTimeoutMs) {
      this.failed(silent(`it was silent for ${silenceMs} ms`));
    } else if (phiThreshold !== undefined && phi > phiThreshold) {
      this.failed(silent(`it was silent for ${silenceMs} ms, which is a phi of ${phi.toFixed(1)}`));
    }
  }

  private back(): void {
    this.state = 'sound';
    this.listener.onBack();
  }
}

function silent(why: string): MillraceError {
  return new MillraceError('MR_NET', why);
}
