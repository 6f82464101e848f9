import type { EventTime } from './time.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text whose bytes are not valid UTF-8. It stays a string on the wire, byte for byte. */
export class RawString {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The text with each invalid sequence replaced by U+FFFD; a byte order mark is kept. */
  toString(): string {
    return decoder.decode(this.bytes);
  }
}

/**
 * A float whose value is whole, where text and wire must tell 1.0 from 1. Nothing that is read from outside becomes
 * one: whole floats are plain numbers there.
 */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** `1.0`; floats beyond 2^53 have an exponent instead. */
  toString(): string {
    const text = Object.is(this.value, -0) ? '-0' : String(this.value);
    return Number.isSafeInteger(this.value) ? `${text}.0` : text;
  }
}

/** A MessagePack extension value that Millrace has no meaning for; it passes through unchanged. */
export class Extension {
  /** -128..127 */
  readonly type: number;
  readonly bytes: Uint8Array;

  constructor(type: number, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}

/**
 * A value in a record. Integers are numbers where safe (|n| < 2^53) and bigints beyond;
 * binary strings are `Uint8Array`, text that is not UTF-8 is `RawString`.
 */
export type EventValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | RawString
  | Float
  | Extension
  | EventTime
  | readonly EventValue[]
  | EventRecord;

/** The fields of an event, in the order in which they came. `__proto__` is a key like any other. */
export interface EventRecord {
  readonly [key: string]: EventValue;
}

/** A record under construction. */
export interface MutableRecord {
  [key: string]: EventValue;
}

/** One event without its tag. Immutable: a changed event is a new entry. */
export interface Entry {
  readonly time: EventTime;
  readonly record: EventRecord;
}

/** An entry with its tag: for code that takes entries of many tags one by one. */
export interface TaggedEntry extends Entry {
  readonly tag: string;
}

/** Sets a field so that `__proto__` becomes an own field instead of changing the record's prototype. */
export function setField(record: MutableRecord, key: string, value: EventValue): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    record[key] = value;
  }
}

/** The value of an own field, or undefined; inherited names such as `constructor` are not fields. */
export function getField(record: EventRecord, key: string): EventValue | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/**
 * A shallow copy that may be changed; `__proto__` stays a field. Field by field: adding a field to what an object
 * spread gives takes ten times as long as this whole loop.
 */
export function copyRecord(record: EventRecord): MutableRecord {
  const copy: MutableRecord = {};
  for (const key in record) setField(copy, key, record[key] as EventValue); // the key is one of its own
  return copy;
}

/** Whether a value is a map of fields, as opposed to any scalar, list, time or byte string. */
export function isRecord(value: EventValue | undefined): value is EventRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
