import { hash } from 'node:crypto';
import { MsgpackWriter } from '../codec/msgpack_writer.ts';
import type { Accessor } from '../event/accessor.ts';
import type { EventRecord, EventValue } from '../event/entry.ts';

/** Longer keys are kept as digests: a whole record must not cost its length for every event that is remembered. */
const longestKey = 64;
const writer = new MsgpackWriter();

/**
 * Makes of a record a text that is the same for records with the same values in some places, of the same types, and
 * different for all others. An absent field counts as null. Without places it is the whole record that counts, in
 * the order of its fields.
 * @throws MR_CODEC (the function that is returned) when a value cannot be a value of an event
 */
export function compileRecordKey(places: readonly Accessor[]): (record: EventRecord) => string {
  const [only] = places;
  if (only === undefined) return (record) => shorten(pack([record]));
  if (places.length > 1) return (record) => shorten(pack(places.map((place) => place.get(record))));
  return (record) => keyOfValue(only.get(record) ?? null);
}

/** The same for a value alone. @throws MR_CODEC when it cannot be a value of an event */
export function keyOfValue(value: EventValue): string {
  // The marks keep a text apart from other values that look like it once packed.
  return shorten(typeof value === 'string' ? `"${value}` : pack([value]));
}

/** Names a place in records as a field: the dots of a path stay, the rest of its syntax does not. */
export function nameOfPlace({ path }: Accessor): string {
  return typeof path === 'string' ? path : path.join('.');
}

function pack(values: readonly (EventValue | undefined)[]): string {
  writer.clear();
  for (const value of values) writer.value(value);
  return `#${Buffer.from(writer.take()).toString('latin1')}`;
}

function shorten(key: string): string {
  return key.length <= longestKey ? key : `=${hash('sha256', key, 'base64')}`;
}
