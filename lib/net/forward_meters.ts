import { type Counter, type Gauge, instrumentsOf, type MetricRegistry } from '../metric/metric.ts';

/** What is counted for one server. */
export interface ServerMeters {
  /** 1 while it is well; of servers that share a series, how many are. */
  readonly up: Gauge;
  readonly chunks: Counter;
  readonly events: Counter;
  readonly bytes: Counter;
  readonly acks: Counter;
  readonly strayAcks: Counter;
  readonly failures: Counter;
  readonly inFlight: Gauge;
  readonly connections: Counter;
}

/** Series are never given up, and discovered servers come and go: so many names have their own, all others share one. */
const mostNames = 100;

/** Gives each server its instruments, by its name. */
export function serverMeters(
  metrics: MetricRegistry,
  outputId: string,
): (name: string) => ServerMeters {
  const names = new Set<string>();
  return (name) => {
    if (names.size < mostNames) names.add(name);
    const server = names.has(name) ? name : 'other';
    const { counter, gauge } = instrumentsOf(metrics, 'millrace_forward_server_', {
      output: outputId,
      server,
    });
    return {
      up: gauge('up', 'Whether the server is well, as far as is known.'),
      chunks: counter('chunks_total', 'Chunks delivered to the server.'),
      events: counter('events_total', 'Events delivered to the server.'),
      bytes: counter('bytes_total', 'Bytes of delivered chunks, as they lay in the buffer.'),
      acks: counter('acks_total', 'Frames that the server has acknowledged.'),
      strayAcks: counter(
        'stray_acks_total',
        'Acks that were late, repeated or for unknown frames.',
      ),
      failures: counter('failures_total', 'Chunks that the server did not take or acknowledge.'),
      inFlight: gauge('in_flight_chunks', 'Chunks that are on their way to the server.'),
      connections: counter('connections_total', 'Connections made to the server.'),
    };
  };
}
