import type { MetricRegistry } from '../metric/metric.ts';
import { nodesOf, type Plan } from '../plan/plan.ts';
import type { RunStats } from '../plan/running.ts';

/** Reads the counts of a plan's nodes out of the metrics that they write. */
export function readStats(plan: Plan, metrics: MetricRegistry): RunStats {
  const nodes = nodesOf(plan);
  const idsOf = (kind: string): string[] =>
    nodes.filter(({ plugin }) => plugin.kind === kind).map(({ id }) => id);
  const read = (name: string, labels: { readonly [name: string]: string }): number =>
    metrics.read(`millrace_${name}_total`, labels) ?? 0;
  const perNode = <T>(kind: string, count: (id: string) => T): { readonly [id: string]: T } =>
    Object.fromEntries(idsOf(kind).map((id) => [id, count(id)]));
  const perLabel = (name: string): number =>
    plan.labels.reduce((sum, { name: label }) => sum + read(name, { label }), 0);
  return {
    inputs: perNode('input', (input) => ({
      events: read('input_events', { input }),
      batches: read('input_batches', { input }),
    })),
    filters: perNode('filter', (filter) => ({
      droppedEvents: read('filter_dropped_events', { filter }),
      failedEvents: read('filter_failed_events', { filter }),
    })),
    outputs: perNode('output', (output) => ({
      deliveredEvents: read('output_delivered_events', { output }),
    })),
    errorEvents: perLabel('error_events'),
    unmatchedEvents: perLabel('unmatched_events'),
  };
}
