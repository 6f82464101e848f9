import type { EventBatch } from '../event/batch.ts';

/** A place that a batch can be offered to: a label, a route, an output. */
export interface Door {
  /**
   * Takes the batch over: its delivery will be settled. Undefined when there is room for more;
   * otherwise a promise that resolves when there is. Neither throws nor rejects.
   */
  offer(batch: EventBatch): Promise<void> | undefined;
}

/** Waits for all of several offers; undefined when none has to wait. */
export function whenAll(waits: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const pending = waits.filter((wait) => wait !== undefined);
  if (pending.length === 0) return undefined;
  return pending.length === 1 ? pending[0] : Promise.all(pending).then(() => undefined);
}
