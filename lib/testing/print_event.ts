import { type EventValue, Extension, RawString } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';

/** An event as far as it matters: what is absent is not printed. */
export interface PrintableEvent {
  readonly tag?: string | undefined;
  readonly time?: EventTime | undefined;
  readonly record: EventValue;
}

/** An event as one line for a person: tag, time to the nanosecond, and the record as `printValue` has it. */
export function printEvent({ tag, time, record }: PrintableEvent): string {
  const parts = [tag, time === undefined ? undefined : printTime(time), printValue(record)];
  return parts.filter((part) => part !== undefined).join('  ');
}

/**
 * A value as JSON, made exact: integers beyond 2^53 with all their digits, `raw"…"` for text that is not UTF-8,
 * `hex"…"` for bytes, `time"…"`, `extension 5 hex"…"`. Two values look alike when they are alike, whatever the
 * order of their fields if `isSorted`.
 */
export function printValue(value: unknown, isSorted = false): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return printNumber(value);
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? `${value}n` : `${value}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof EventTime) return `time"${printTime(value)}"`;
  if (value instanceof RawString) return `raw"${toHex(value.bytes)}"`;
  if (value instanceof Extension) return `extension ${value.type} hex"${toHex(value.bytes)}"`;
  if (value instanceof Uint8Array) return `hex"${toHex(value)}"`;
  if (Array.isArray(value)) {
    return `[${value.map((each) => printValue(each, isSorted)).join(',')}]`;
  }
  const fields = Object.entries(value);
  if (isSorted) fields.sort(([one], [other]) => (one < other ? -1 : 1));
  const printed = fields.map(
    ([key, field]) => `${JSON.stringify(key)}:${printValue(field, isSorted)}`,
  );
  return `${classOf(value)}{${printed.join(',')}}`;
}

/** What should not be in a record is told apart from what should. */
function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? '' : `${value.constructor.name} `;
}

function printNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  // An integer as large as this is a bigint: it is a float, and the exponent tells.
  return Number.isFinite(value) && Math.abs(value) >= 2 ** 53 ? value.toExponential() : `${value}`;
}

function printTime({ sec, nsec }: EventTime): string {
  const fraction = String(nsec).padStart(9, '0');
  const date = new Date(sec * 1000);
  if (Number.isNaN(date.getTime())) return `${sec}.${fraction}`;
  return date.toISOString().replace(/\.\d+Z$/, `.${fraction}Z`);
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
