import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import type { Counter } from '../metric/metric.ts';
import type { PluginContext } from './context.ts';

/** A batch with those of its entries that are kept; undefined when none is: then the batch is acknowledged. */
export type KeepEntries = (
  batch: EventBatch,
  keeps: (entry: Entry) => boolean,
) => EventBatch | undefined;

/**
 * For operators that drop entries: counts what is dropped, and sends an entry that `keeps` throws on to `@ERROR`, so
 * that it concerns no other. The batch carries its delivery and its origin on.
 */
export function compileKeepEntries(context: PluginContext): KeepEntries {
  const dropped = droppedCounter(context);
  return (batch, keeps) => {
    const entries = batch.entries();
    let failed = 0;
    const kept = entries.filter((entry) => {
      try {
        return keeps(entry);
      } catch (thrown) {
        failed += 1;
        context.emitError(batch.tag, entry, toError(thrown));
        return false;
      }
    });
    if (kept.length === entries.length && kept.length > 0) return batch;
    dropped.add(entries.length - kept.length - failed);
    if (kept.length > 0) return batch.with(kept);
    batch.delivery.ack();
    return undefined;
  };
}

/** Counts the events that an operator drops because that is its purpose. */
export function droppedCounter({ metrics, id }: PluginContext): Counter {
  return metrics.counter(
    'millrace_operator_dropped_events_total',
    'Events that an operator dropped, as it is meant to.',
    { operator: id },
  );
}
