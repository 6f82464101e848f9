import type { Clock } from '../clock.ts';
import type { LineBreak } from '../codec/line_table.ts';
import type { Log } from '../log.ts';
import { type Counter, type Gauge, instrumentsOf, type MetricRegistry } from '../metric/metric.ts';
import type { PathPatterns } from './path_patterns.ts';
import type { PositionFile } from './position_file.ts';

/** How files are followed. */
export interface TailSetup {
  readonly patterns: PathPatterns;
  /** Undefined: positions are forgotten when the process ends. */
  readonly positions: PositionFile | undefined;
  /** Begins the names of sources. Another one for each run when positions are forgotten: nothing can be told from an earlier run's then. */
  readonly sourcePrefix: string;
  /** Files that are there at the first start are read from their begin, not their end. */
  readonly readsFromHead: boolean;
  readonly lineBreak: LineBreak;
  /** How long a rotated file must rest before it is left. */
  readonly rotateWaitMs: number;
  /** How often globs are matched anew. */
  readonly refreshIntervalMs: number;
  /** Whether a file that may not be read is told once, not at each refresh. */
  readonly complainsOnce: boolean;
  /** How many files at rest are kept open. */
  readonly mostOpenFiles: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly meters: TailMeters;
  /** See `PluginContext.storedEnds`. */
  storedEnds(source: string): readonly number[];
}

/** What following files counts. */
export interface TailMeters {
  readonly files: Gauge;
  readonly lagBytes: Gauge;
  readonly rotations: Counter;
  readonly truncations: Counter;
  readonly lines: Counter;
  readonly skippedLines: Counter;
  readonly lostBytes: Counter;
  readonly repeatedBatches: Counter;
}

/** The instruments of the input `id`. */
export function tailMeters(metrics: MetricRegistry, id: string): TailMeters {
  const { counter, gauge } = instrumentsOf(metrics, 'millrace_tail_', { input: id });
  return {
    files: gauge('files', 'Files that are followed.'),
    lagBytes: gauge('lag_bytes', 'Bytes in followed files that were not read yet.'),
    rotations: counter('rotations_total', 'Files that were found to be rotated.'),
    truncations: counter('truncations_total', 'Files that were found to be truncated.'),
    lines: counter('lines_total', 'Lines read.'),
    skippedLines: counter('skipped_lines_total', 'Lines left out because they were too long.'),
    lostBytes: counter(
      'lost_bytes_total',
      'Bytes that were truncated or removed before they were stored.',
    ),
    repeatedBatches: counter(
      'repeated_batches_total',
      'Batches read again because they were not stored.',
    ),
  };
}
