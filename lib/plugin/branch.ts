import type { EventBatch } from '../event/batch.ts';
import { branchOrigin } from '../event/origin.ts';

/**
 * `count` copies of a batch for as many branches. Each has a delivery of its own, and the batch's delivery
 * settles when all have; each has an origin of its own, so that a store that gets two copies keeps both.
 */
export function branches(batch: EventBatch, count: number): EventBatch[] {
  return batch.delivery
    .split(count)
    .map((delivery, index) =>
      batch.derive({ delivery, origin: branchOrigin(batch.origin, index) }),
    );
}
