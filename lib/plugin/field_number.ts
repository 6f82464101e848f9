import { type EventValue, RawString } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';

/**
 * A field's value as a number, where numbers are needed: also a text that is one, as most parsers give, and a time
 * (its seconds). Undefined for all else, for an empty text and for what is not finite. Beyond 2^53 it is rounded.
 */
export function numberOf(value: EventValue | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof EventTime) return value.toSeconds();
  const text = value instanceof RawString ? value.toString() : value;
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  const read = Number(text);
  return Number.isFinite(read) ? read : undefined;
}
