import { MillraceError } from '../error.ts';
import { type EventRecord, type EventValue, Extension, Float, RawString } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { asBuffer } from './bytes.ts';
import { nestedTooDeeply } from './json_exact.ts';
import { codecDepthLimit as depthLimit } from './msgpack_scanner.ts';

/**
 * Prints a value as JSON text without blanks. Big integers are printed as integers, floats of their size with
 * an exponent, times as whole seconds (as Fluentd prints them), bytes that are not UTF-8 as U+FFFD.
 * @throws MR_CODEC when it is nested too deeply or has a number that JSON cannot say (NaN, Infinity)
 */
export function printJson(value: EventValue): string {
  return isPlain(value, 0) ? JSON.stringify(value) : printValue(value, textForm);
}

/**
 * Like `printJson`, but bytes that are not UTF-8 come out as they are, as Fluentd's formatters have it. A text
 * when all is text, which is the usual case and costs nothing extra.
 * @throws MR_CODEC as `printJson` does
 */
export function printJsonExactly(value: EventValue): string | Uint8Array {
  if (isPlain(value, 0)) return JSON.stringify(value);
  return Buffer.from(printValue(value, byteForm), 'latin1');
}

const unsafe = 2 ** 53;

/** Whether `JSON.stringify` prints it as we do. Costs a tenth of the printing. */
function isPlain(value: EventValue, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return value < unsafe && value > -unsafe;
    case 'object':
      return value === null || isPlainObject(value, depth);
    default:
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (depth >= depthLimit) throw nestedTooDeeply();
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      if (!isPlain(value[index], depth + 1)) return false;
    }
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // An object with this prototype is a record.
  const record = value as EventRecord;
  for (const key in record) if (!isPlain(record[key] as EventValue, depth + 1)) return false;
  return true;
}

/** How texts become JSON strings: as text, or as UTF-8 with a character for each byte. */
interface StringForm {
  text(text: string): string;
  bytes(bytes: Uint8Array): string;
}

const textForm: StringForm = {
  text: (text) => JSON.stringify(text),
  bytes: (bytes) => JSON.stringify(asBuffer(bytes).toString()),
};

const byteForm: StringForm = {
  text: (text) => Buffer.from(JSON.stringify(text)).toString('latin1'),
  bytes: (bytes) => JSON.stringify(asBuffer(bytes).toString('latin1')),
};

function printValue(value: EventValue, form: StringForm, depth = 0): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value === 'string') return form.text(value);
  if (typeof value === 'number') return printNumber(value);
  if (value instanceof Float) return printFloat(value);
  if (value instanceof EventTime) return String(value.sec);
  if (value instanceof RawString) return form.bytes(value.bytes);
  if (value instanceof Uint8Array) return form.bytes(value);
  if (value instanceof Extension) {
    return `{"type":${value.type},"hex":"${asBuffer(value.bytes).toString('hex')}"}`;
  }
  if (depth >= depthLimit) throw nestedTooDeeply();
  if (isList(value)) {
    return `[${value.map((element) => printValue(element, form, depth + 1)).join(',')}]`;
  }
  const fields = Object.entries(value).map(
    ([key, field]) => `${form.text(key)}:${printValue(field, form, depth + 1)}`,
  );
  return `{${fields.join(',')}}`;
}

function isList(value: EventValue): value is readonly EventValue[] {
  return Array.isArray(value);
}

function printFloat(float: Float): string {
  return Number.isSafeInteger(float.value) ? float.toString() : printNumber(float.value);
}

function printNumber(value: number): string {
  if (value < unsafe && value > -unsafe) return JSON.stringify(value);
  // Integers as large as this are bigints: it is a float, and the exponent tells.
  if (Number.isFinite(value)) return value.toExponential();
  throw new MillraceError('MR_CODEC', `${value} cannot be printed as JSON`);
}
