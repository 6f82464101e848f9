import assert from 'node:assert/strict';
import { encodeEntry } from '../../codec/entry_codec.ts';
import { Extension, RawString, type TaggedEntry } from '../../event/entry.ts';
import { EventTime } from '../../event/time.ts';
import { toEntry } from '../../plugin/user_code.ts';
import { printEvent, printValue } from '../print_event.ts';

/** Runs, and claims that the events are as they were. They are not frozen: a change that is refused would look like an error. */
export function withUnchanged<T>(events: readonly TaggedEntry[], run: () => T): T {
  const before = events.map(printEvent);
  const result = run();
  assert.deepEqual(events.map(printEvent), before, 'events were changed');
  return result;
}

/** Claims that a value can be in a record. */
export function claimValue(value: unknown, path = 'record'): void {
  if (value === null || ['boolean', 'number', 'bigint', 'string'].includes(typeof value)) return;
  if (value instanceof EventTime) {
    claimTime(value);
    return;
  }
  if (value instanceof Uint8Array || value instanceof RawString || value instanceof Extension) {
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) claimValue(each, `${path}[${index}]`);
    return;
  }
  assert(typeof value === 'object', `${path} is ${printValue(value)}`);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  assert(isPlain, `${path} is an object of a class, or its prototype was changed`);
  for (const [key, field] of Object.entries(value)) claimValue(field, `${path}.${key}`);
}

/** Claims that a value is a time: whole seconds, and nanoseconds of less than a second. */
export function claimTime(value: unknown): void {
  assert(value instanceof EventTime, `the time is ${printValue(value)}`);
  const { sec, nsec } = value;
  const isWhole = Number.isSafeInteger(sec) && Number.isSafeInteger(nsec);
  assert(isWhole && nsec >= 0 && nsec < 1e9, `the time is ${sec} s and ${nsec} ns`);
}

/** Claims that a value is an entry which can be stored. */
export function claimEntry(value: unknown): void {
  assert(typeof value === 'object' && value !== null, `an entry is ${printValue(value)}`);
  assert('time' in value && 'record' in value, `an entry is ${printValue(value)}`);
  claimTime(value.time);
  claimValue(value.record);
  encodeEntry(toEntry(value));
}

/** What came of a call: its result, or the error. Claims that nothing but errors is thrown. */
export function outcomeOf<T>(run: () => T): { readonly result: T } | { readonly error: Error } {
  try {
    return { result: run() };
  } catch (error) {
    assert(error instanceof Error, `something was thrown that is no Error: ${String(error)}`);
    return { error };
  }
}

/** Claims that what every object inherits from is as it was. */
export function claimUnpolluted(): void {
  const plain: { readonly polluted?: unknown } = {};
  assert.equal(plain.polluted, undefined, 'the prototype of all objects has got a field');
  const names = ['toString', 'constructor', 'hasOwnProperty'] as const;
  for (const name of names) assert.equal(typeof plain[name], 'function', `\`${name}\` was changed`);
}
