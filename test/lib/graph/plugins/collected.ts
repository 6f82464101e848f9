import type { EventRecord } from '../../../../lib/event/entry.ts';

/** What the output `keep` was given, by its `name`. */
export const collected = new Map<
  string,
  { readonly tag: string; readonly record: EventRecord }[]
>();

/** Outcomes of the batches that the input `gush` emitted, by its tag. */
export const outcomes = new Map<string, boolean[]>();
