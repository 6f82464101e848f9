import { type Counter, type Gauge, instrumentsOf, type MetricRegistry } from '../metric/metric.ts';

/** What a buffer counts, whatever its store. */
export interface BufferMeters {
  readonly stagedChunks: Gauge;
  readonly stagedBytes: Gauge;
  readonly queuedChunks: Gauge;
  readonly queuedBytes: Gauge;
  readonly waitingBatches: Gauge;
  readonly storedEvents: Counter;
  readonly storedBytes: Counter;
  readonly repeatedEvents: Counter;
  readonly overlappingBatches: Counter;
  readonly refusedEvents: Counter;
  readonly overflows: Counter;
  readonly droppedChunks: Counter;
  readonly droppedEvents: Counter;
  readonly attempts: Counter;
  readonly failures: Counter;
  readonly deliveredChunks: Counter;
  readonly deliveredEvents: Counter;
  readonly deadLetters: Counter;
  readonly deadEvents: Counter;
  readonly discardedEvents: Counter;
  readonly snapshots: Counter;
  readonly cutBacks: Counter;
  readonly lostEvents: Counter;
}

/** The instruments of the buffer of output `id`. */
export function bufferMeters(metrics: MetricRegistry, id: string): BufferMeters {
  const { counter, gauge } = instrumentsOf(metrics, 'millrace_buffer_', { output: id });
  return {
    stagedChunks: gauge('stage_chunks', 'Chunks that take events.'),
    stagedBytes: gauge('stage_bytes', 'Bytes of chunks that take events.'),
    queuedChunks: gauge('queue_chunks', 'Sealed chunks that are not yet delivered.'),
    queuedBytes: gauge('queue_bytes', 'Bytes of sealed chunks that are not yet delivered.'),
    waitingBatches: gauge('waiting_batches', 'Batches that wait for room.'),
    storedEvents: counter('stored_events_total', 'Events appended to chunks.'),
    storedBytes: counter('stored_bytes_total', 'Bytes appended to chunks, as they lie there.'),
    repeatedEvents: counter(
      'repeated_events_total',
      'Events offered again that were stored already.',
    ),
    overlappingBatches: counter(
      'overlapping_batches_total',
      'Batches of which only some positions were stored already: those are stored twice.',
    ),
    refusedEvents: counter(
      'refused_events_total',
      'Events that were not stored and not acknowledged.',
    ),
    overflows: counter('overflows_total', 'Batches that met a full buffer.'),
    droppedChunks: counter('dropped_chunks_total', 'Chunks dropped by drop_oldest_chunk.'),
    droppedEvents: counter('dropped_events_total', 'Events dropped by drop_oldest_chunk.'),
    attempts: counter('flush_attempts_total', 'Attempts to deliver a chunk.'),
    failures: counter('flush_failures_total', 'Attempts that failed.'),
    deliveredChunks: counter('delivered_chunks_total', 'Chunks that were delivered.'),
    deliveredEvents: counter('delivered_events_total', 'Events in delivered chunks.'),
    deadLetters: counter(
      'dead_letters_total',
      'Chunks that became dead letters, wholly or in part.',
    ),
    deadEvents: counter('dead_letter_events_total', 'Events that became dead letters.'),
    discardedEvents: counter(
      'discarded_events_total',
      'Undeliverable events that were thrown away.',
    ),
    snapshots: counter('origin_snapshots_total', 'Snapshots of what is stored of each source.'),
    cutBacks: counter(
      'cut_back_frames_total',
      'Frames that could not be made safe where they lay.',
    ),
    lostEvents: counter(
      'lost_events_total',
      'Stored events whose bytes were damaged, or whose chunk file is gone.',
    ),
  };
}
