import type { EventBatch } from '../event/batch.ts';
import type { ConstantFields, UndecodedEntries } from '../event/undecoded.ts';
import type { FilterStage } from './filter_chain.ts';

/** What filters that only set fields make of a batch that nobody has decoded; undefined when it must be decoded for them. */
export function setFields(
  stages: readonly FilterStage[],
  { undecoded }: EventBatch,
): UndecodedEntries | undefined {
  if (undecoded === undefined) return undefined;
  const fields: ConstantFields[number][] = [];
  for (const { filter } of stages) {
    if (filter.sets === undefined) return undefined;
    fields.push(...filter.sets);
  }
  return undecoded.withFields(fields);
}
