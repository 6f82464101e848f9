import { MillraceError } from '../error.ts';
import type { Entry, EventValue } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { Filter } from './contract.ts';

/**
 * A user's function as a filter. It gets entries frozen all the way down, for other branches hold the same
 * ones: what it throws, a change of what is not its own and a result that is no entry send the entry to `@ERROR`.
 */
export function guardFilter(run: (entry: Entry, tag: string) => unknown): Filter {
  return (entry, tag) => {
    freezeEntry(entry);
    const result = run(entry, tag);
    if (result === null || result === entry) return result === null ? null : entry;
    return toEntry(result);
  };
}

/** Freezes an entry all the way down; it is shared, so that a change is a fault wherever it happens. */
export function freezeEntry(entry: Entry): Entry {
  Object.freeze(entry);
  Object.freeze(entry.time);
  freezeValue(entry.record);
  return entry;
}

/** What user code gives as an entry. @throws MR_EVENT saying what it is instead */
export function toEntry(value: unknown): Entry {
  if (typeof value === 'object' && value !== null && 'record' in value && 'time' in value) {
    const { time, record } = value;
    if (time instanceof EventTime && isPlain(record)) return { time, record };
  }
  throw new MillraceError('MR_EVENT', `user code gave ${describe(value)}`, {
    hint: 'it gives an entry, `{ time, record }`, or null to drop it',
  });
}

function freezeValue(value: EventValue): void {
  // What is frozen already was frozen all the way down, here.
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  // A view with elements cannot be frozen.
  if (ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freezeValue(inner);
}

/** Whether it can be a record, as far as can be seen without a look at every value. */
function isPlain(value: unknown): value is Entry['record'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing: a `return` is missing';
  if (value instanceof Promise) return 'a promise, and it is not waited for';
  if (typeof value !== 'object' || value === null) return `\`${String(value)}\``;
  return 'an object that is no entry';
}
