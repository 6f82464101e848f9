import { MillraceError } from '../error.ts';
import { type EventRecord, type EventValue, type MutableRecord, setField } from '../event/entry.ts';
import { type AvroNode, type AvroRecord, numberOrBigint } from './avro_schema.ts';
import { asBuffer } from './bytes.ts';
import { decodeText } from './msgpack_reader.ts';
import { codecDepthLimit } from './msgpack_scanner.ts';

/** Elements may take no bytes at all: so many of them are believed whatever bytes there are. */
const freeElements = 1000;

/**
 * Reads Avro's binary encoding into event values: integers exactly, text that is not UTF-8 as `RawString`. Bytes from
 * outside are not trusted: a claimed length never allocates more than there are bytes, which avsc does not promise.
 * Every method throws MR_CODEC when the bytes are not what the schema says.
 */
export class AvroReader {
  /** Where the next value begins. */
  offset = 0;
  readonly #bytes: Buffer;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = asBuffer(bytes);
  }

  get isAtEnd(): boolean {
    return this.offset >= this.#bytes.length;
  }

  record({ fields }: AvroRecord): EventRecord {
    this.#enter();
    const record: MutableRecord = {};
    for (const { name, node } of fields) setField(record, name, this.#value(node));
    this.#depth -= 1;
    return record;
  }

  /** A map by itself. */
  map(element: AvroNode): EventRecord {
    this.#enter();
    const record: MutableRecord = {};
    for (let count = this.#blockCount(); count > 0; count = this.#blockCount()) {
      for (let index = 0; index < count; index += 1) {
        setField(record, String(this.#text()), this.#value(element));
      }
    }
    this.#depth -= 1;
    return record;
  }

  /** An integer that is a length or a count. */
  size(): number {
    const value = this.long();
    if (typeof value === 'number' && value >= 0) return value;
    throw this.#damaged(`${value} is no length`);
  }

  long(): number | bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    }
    let wide = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      wide |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return numberOrBigint(BigInt.asIntN(64, (wide >> 1n) ^ -(wide & 1n)));
    }
    throw this.#damaged('an integer takes more than ten bytes');
  }

  /** So many bytes, shared with what is read from. */
  take(length: number): Buffer {
    const start = this.offset;
    if (length > this.#bytes.length - start) {
      throw this.#damaged(`${length} more bytes expected, ${this.#bytes.length - start} are there`);
    }
    this.offset += length;
    return this.#bytes.subarray(start, this.offset);
  }

  #value(node: AvroNode): EventValue {
    switch (node.kind) {
      case 'null':
        return null;
      case 'boolean':
        return this.#byte() !== 0;
      case 'int':
      case 'long':
        return this.long();
      case 'float':
        return this.take(4).readFloatLE();
      case 'double':
        return this.take(8).readDoubleLE();
      case 'bytes':
        return new Uint8Array(this.take(this.size()));
      case 'fixed':
        return new Uint8Array(this.take(node.size));
      case 'string':
        return this.#text();
      case 'enum':
        return this.#choice(node.symbols);
      case 'union':
        return this.#value(this.#choice(node.branches).node);
      case 'array':
        return this.#list(node.element);
      case 'map':
        return this.map(node.element);
      case 'record':
        return this.record(node);
    }
  }

  #list(element: AvroNode): EventValue[] {
    this.#enter();
    const list: EventValue[] = [];
    for (let count = this.#blockCount(); count > 0; count = this.#blockCount()) {
      for (let index = 0; index < count; index += 1) list.push(this.#value(element));
    }
    this.#depth -= 1;
    return list;
  }

  #text(): EventValue {
    const { length } = this.take(this.size());
    return decodeText(this.#bytes, this.offset - length, length);
  }

  #choice<T>(choices: readonly T[]): T {
    const index = this.long();
    const chosen = typeof index === 'number' ? choices[index] : undefined;
    if (chosen === undefined) throw this.#damaged(`there is no choice ${index}`);
    return chosen;
  }

  /** Elements of a list or a map come in blocks; a negative count is followed by the block's length in bytes. */
  #blockCount(): number {
    const count = this.long();
    if (typeof count !== 'number') throw this.#damaged(`${count} elements are too many`);
    if (count < 0) this.size();
    const size = Math.abs(count);
    if (size > Math.max(this.#bytes.length - this.offset, freeElements)) {
      throw this.#damaged(`${size} elements are more than there are bytes`);
    }
    return size;
  }

  #byte(): number {
    const byte = this.#bytes[this.offset];
    if (byte === undefined) throw this.#damaged('it ends early');
    this.offset += 1;
    return byte;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > codecDepthLimit) throw this.#damaged('it is nested too deeply');
  }

  #damaged(why: string): MillraceError {
    return new MillraceError(
      'MR_CODEC',
      `not Avro of this schema: ${why} (at byte ${this.offset})`,
    );
  }
}
