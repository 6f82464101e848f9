import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import { type Entry, isRecord } from '../event/entry.ts';
import type { Counter } from '../metric/metric.ts';
import type { Filter } from '../plugin/contract.ts';

/** One filter of a chain, with its counters. */
export interface FilterStage {
  readonly id: string;
  readonly filter: Filter;
  readonly dropped: Pick<Counter, 'add'>;
  readonly failed: Pick<Counter, 'add'>;
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
  const run: Run = { stages, tag: batch.tag, kept: [], failures: [], isChanged: false };
  for (const entry of batch.entries()) pass(run, entry, 0);
  return run.isChanged ? run : untouched;
}

/** A batch on its way through a chain. */
interface Run {
  readonly stages: readonly FilterStage[];
  readonly tag: string;
  readonly kept: Entry[];
  readonly failures: FilterFailure[];
  isChanged: boolean;
}

function pass(run: Run, entry: Entry, from: number): void {
  const { stages, tag } = run;
  let current = entry;
  for (let index = from; index < stages.length; index += 1) {
    const stage = stages[index] as FilterStage; // in range
    let next: ReturnType<Filter>;
    try {
      next = stage.filter(current, tag);
      if (next === current) continue;
      checkResult(next);
    } catch (thrown) {
      run.isChanged = true;
      run.failures.push({ entry: current, stageId: stage.id, cause: toError(thrown) });
      stage.failed.add();
      return;
    }
    run.isChanged = true;
    if (next === null || (isList(next) && next.length === 0)) {
      stage.dropped.add();
      return;
    }
    if (isList(next)) {
      for (const each of next) pass(run, each, index + 1);
      return;
    }
    current = next;
  }
  run.kept.push(current);
}

/** User code may forget to return, or return a promise: better found here than in somebody's output. */
function checkResult(result: ReturnType<Filter>): void {
  if (result === null) return;
  if (!isList(result)) checkEntry(result);
  else for (const entry of result) checkEntry(entry);
}

function checkEntry(entry: Entry): void {
  if (isRecord(entry?.record) && typeof entry.time?.sec === 'number') return;
  const given = entry === undefined ? 'undefined' : toError(entry).message;
  throw new TypeError(`a filter returns an entry, a list of entries or null, not \`${given}\``);
}

function isList(result: Entry | readonly Entry[]): result is readonly Entry[] {
  return Array.isArray(result);
}
