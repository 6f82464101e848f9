import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import { type Entry, isRecord } from '../event/entry.ts';
import type { Counter } from '../metric/metric.ts';
import type { Filter } from '../plugin/contract.ts';

/** One filter of a chain, with its counters. */
export interface FilterStage {
  readonly id: string;
  readonly filter: Filter;
  readonly dropped: Counter;
  readonly failed: Counter;
}

/** An entry that a filter threw on. */
export interface FilterFailure {
  readonly entry: Entry;
  readonly stageId: string;
  readonly cause: Error;
}

/** What a chain made of a batch: the entries that are left, or `undefined` when all are left as they were. */
export interface Filtered {
  readonly kept: readonly Entry[] | undefined;
  readonly failures: readonly FilterFailure[];
}

const untouched: Filtered = { kept: undefined, failures: [] };

/** Runs a batch through fused filters, entry by entry. What a filter throws concerns its entry alone. */
export function runFilters(stages: readonly FilterStage[], batch: EventBatch): Filtered {
  const { tag } = batch;
  const entries = batch.entries();
  const kept: Entry[] = [];
  let failures: FilterFailure[] | undefined;
  let isChanged = false;
  for (const entry of entries) {
    let current: Entry | null = entry;
    for (const stage of stages) {
      try {
        const next: Entry | null = stage.filter(current, tag);
        if (next !== current && next !== null) checkEntry(next);
        current = next;
      } catch (thrown) {
        failures ??= [];
        failures.push({ entry: current ?? entry, stageId: stage.id, cause: toError(thrown) });
        stage.failed.add();
        current = null;
        break;
      }
      if (current === null) {
        stage.dropped.add();
        break;
      }
    }
    if (current !== entry) isChanged = true;
    if (current !== null) kept.push(current);
  }
  if (!isChanged) return untouched;
  return { kept, failures: failures ?? [] };
}

/** User code may forget to return, or return a promise: better found here than in somebody's output. */
function checkEntry(entry: Entry): void {
  if (isRecord(entry?.record) && typeof entry.time?.sec === 'number') return;
  const given = entry === undefined ? 'undefined' : toError(entry).message;
  throw new TypeError(`a filter returns an entry or null, not \`${given}\``);
}
