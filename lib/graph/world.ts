import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';

/** Everything outside of the pipeline that it touches: injected, so that tests can replace it. */
export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricRegistry;
  readonly hostname: string;
  readonly workerId: number;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  /** The time zone of `localtime`; undefined: the system's. */
  readonly timeZone: string | undefined;
  /** Writes to the program's standard output. Undefined while there is room, else a promise of room; it never rejects. */
  print(text: string | Uint8Array): Promise<void> | undefined;
}
