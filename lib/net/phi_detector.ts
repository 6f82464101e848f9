const mostGaps = 1000;
const perDecade = 1 / Math.log(10);

/**
 * How surely somebody whose heartbeats stay away is lost, by Fluentd's formula: phi grows with the silence, the
 * slower the rarer heartbeats came before. Recent gaps count more than those of long ago.
 */
export class PhiDetector {
  private readonly intervalMs: number;
  private gaps: number[];
  private lastMs: number;

  /** Heartbeats are expected every `intervalMs` from `nowMs` on. */
  constructor(intervalMs: number, nowMs: number) {
    this.intervalMs = intervalMs;
    this.lastMs = nowMs;
    this.gaps = [intervalMs];
  }

  /** How many heartbeats it judges by. */
  get count(): number {
    return this.gaps.length;
  }

  /** A heartbeat came. */
  add(nowMs: number): void {
    // What comes first after `clear` comes at any time.
    this.gaps.push(this.gaps.length === 0 ? this.intervalMs : nowMs - this.lastMs);
    if (this.gaps.length > mostGaps) this.gaps.shift();
    this.lastMs = nowMs;
  }

  /** Milliseconds since the last heartbeat. */
  silenceMs(nowMs: number): number {
    return nowMs - this.lastMs;
  }

  /** 16 is reached after about 37 s where a heartbeat came every second. */
  phi(nowMs: number): number {
    if (this.gaps.length === 0) return 0;
    let weighted = 0;
    let weights = 0;
    this.gaps.forEach((gap, index) => {
      weighted += gap * (index + 1);
      weights += index + 1;
    });
    // Both are taken as if a heartbeat were expected every second.
    const meanMs = weighted / weights - this.intervalMs + 1000;
    const silenceMs = this.silenceMs(nowMs) - this.intervalMs + 1000;
    return (perDecade * silenceMs) / meanMs;
  }

  /** Forgets all heartbeats; they are expected from `nowMs` on. */
  clear(nowMs: number): void {
    this.gaps = [];
    this.lastMs = nowMs;
  }
}
