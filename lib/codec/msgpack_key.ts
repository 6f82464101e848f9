import { type EventValue, Extension, RawString } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';

/** The text that a map key of any kind becomes: records have keys of text only. Nil becomes the empty text. */
export function keyText(key: EventValue): string {
  if (typeof key === 'string') return key;
  if (key === null) return '';
  if (typeof key !== 'object') return String(key);
  if (key instanceof RawString) return key.toString();
  if (key instanceof Uint8Array) return new TextDecoder().decode(key);
  if (key instanceof EventTime) return `${key.sec}.${String(key.nsec).padStart(9, '0')}`;
  if (key instanceof Extension) return `ext(${key.type}) ${Buffer.from(key.bytes).toString('hex')}`;
  if (Array.isArray(key)) return `[${key.map(keyText).join(',')}]`;
  const fields = Object.entries(key).map(([name, value]) => `${name}:${keyText(value)}`);
  return `{${fields.join(',')}}`;
}
