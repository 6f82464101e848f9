import {
  type Counter,
  type Gauge,
  instrumentsOf,
  type MetricRegistry,
} from '../../metric/metric.ts';

/** What a file store counts. */
export interface StoreMeters {
  readonly tornTails: Counter;
  readonly quarantined: Counter;
  readonly unreadableFiles: Counter;
  readonly recoveredEvents: Counter;
  readonly commits: Counter;
  readonly commitSeconds: Counter;
  readonly lastCommitSeconds: Gauge;
  readonly syncFailures: Counter;
  readonly writeFailures: Counter;
  readonly unsyncedBytes: Gauge;
  readonly openFiles: Gauge;
}

/** The instruments of the store of output `id`. */
export function storeMeters(metrics: MetricRegistry, id: string): StoreMeters {
  const { counter, gauge } = instrumentsOf(metrics, 'millrace_buffer_', { output: id });
  return {
    tornTails: counter('torn_tails_total', 'Chunk files whose end was not written whole.'),
    quarantined: counter('quarantined_total', 'Damaged stretches and files that were put aside.'),
    unreadableFiles: counter('unreadable_files_total', 'Chunk files that were left alone.'),
    recoveredEvents: counter('recovered_events_total', 'Events found in chunk files at the start.'),
    commits: counter('commits_total', 'Group commits to the disk.'),
    commitSeconds: counter('commit_seconds_total', 'Time that group commits took.'),
    lastCommitSeconds: gauge('last_commit_seconds', 'Time that the last group commit took.'),
    syncFailures: counter('sync_failures_total', 'Chunk files that could not be made safe.'),
    writeFailures: counter('write_failures_total', 'Appends that the disk refused.'),
    unsyncedBytes: gauge('unsynced_bytes', 'Bytes that wait for a group commit.'),
    openFiles: gauge('open_files', 'Chunk files that are open for appending.'),
  };
}
