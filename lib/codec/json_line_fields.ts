import type { ConstantFields } from '../event/undecoded.ts';
import { printJsonExactly } from './json_print.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

/** Fields that all lines get, printed once. */
export interface PrintedFields {
  readonly fields: ConstantFields;
  /** Their names as they stand in JSON, with quotes. */
  readonly keys: readonly Buffer[];
  /** `"a":1,"b":2`; empty for no fields. */
  readonly json: Buffer;
  /** Names and values as MessagePack. */
  readonly packed: Uint8Array;
}

const writer = new MsgpackWriter();

/** Nothing to be set. */
export const noFields: PrintedFields = {
  fields: [],
  keys: [],
  json: Buffer.alloc(0),
  packed: new Uint8Array(0),
};

/**
 * Prints fields to be set one after another: of several with the same name the last counts, at the place of the
 * first. Undefined when they do not come behind the other fields of any record, or cannot be printed.
 */
export function printFields(fields: ConstantFields): PrintedFields | undefined {
  const byName = new Map(fields);
  const keys: Buffer[] = [];
  const parts: Uint8Array[] = [];
  try {
    writer.clear();
    for (const [name, value] of byName) {
      // JavaScript puts such a field before those with other names.
      if (/^\d+$/.test(name)) return undefined;
      const key = Buffer.from(JSON.stringify(name));
      const printed = printJsonExactly(value);
      keys.push(key);
      parts.push(Buffer.from(parts.length === 0 ? '' : ','), key, Buffer.from(':'));
      parts.push(typeof printed === 'string' ? Buffer.from(printed) : printed);
      writer.text(name);
      writer.value(value);
    }
    return { fields: [...byName], keys, json: Buffer.concat(parts), packed: writer.take() };
  } catch {
    // Whoever prints the records finds out what it is.
    return undefined;
  }
}
