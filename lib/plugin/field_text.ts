import { printJson } from '../codec/json_print.ts';
import { type EventValue, Float, RawString } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';

/**
 * A field's value as text, where text is needed: null and an absent field are empty, lists and maps are JSON,
 * bytes that are not UTF-8 become U+FFFD, a time is its whole seconds.
 * @throws MR_CODEC when a list or a map cannot be printed as JSON
 */
export function textOf(value: EventValue | undefined): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  if (value instanceof RawString || value instanceof Float) return value.toString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof EventTime) return String(value.sec);
  return printJson(value);
}

/** A text as it looks in a line whose bytes are shown with one character (U+0000 to U+00FF) for each. */
export function inBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
