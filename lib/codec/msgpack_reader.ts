import { isUtf8 } from 'node:buffer';
import { MillraceError } from '../error.ts';
import {
  type EventRecord,
  type EventValue,
  Extension,
  type MutableRecord,
  RawString,
  setField,
} from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { asBuffer } from './bytes.ts';
import { keyText } from './msgpack_key.ts';
import { codecDepthLimit, tooDeep } from './msgpack_scanner.ts';

const shortText = 16;
const cachedKeyBytes = 32;
const cachedKeys = 1024;

/**
 * Reads MessagePack values into event values: integers exactly, text that is not UTF-8 as `RawString`,
 * Fluentd's event times as `EventTime`. A claimed length never allocates more than there are bytes.
 *
 * The array accesses below are cast to `number`: `need` has checked the range before.
 */
export class MsgpackReader {
  /** Where the next value begins. */
  offset = 0;
  private buffer: Buffer = Buffer.alloc(0);
  private end = 0;
  private depth = 0;

  /** Starts reading `bytes` from `offset` up to `end`; the bytes must not change until they are read. */
  open(bytes: Uint8Array, offset = 0, end = bytes.length): void {
    this.buffer = asBuffer(bytes);
    this.offset = offset;
    this.end = end;
    this.depth = 0;
  }

  /** Whether all bytes are read. */
  get isAtEnd(): boolean {
    return this.offset >= this.end;
  }

  /** The lead byte of the next value. @throws MR_CODEC at the end. */
  peek(): number {
    this.need(1);
    return this.buffer[this.offset] as number;
  }

  /** @throws MR_CODEC when the bytes end early, are not MessagePack, or are nested too deeply. */
  value(): EventValue {
    this.need(1);
    const lead = this.buffer[this.offset++] as number;
    if (lead < 0x80) return lead;
    if (lead >= 0xe0) return lead - 0x100;
    if (lead < 0x90) return this.map(lead & 0x0f);
    if (lead < 0xa0) return this.list(lead & 0x0f);
    if (lead < 0xc0) return this.text(lead & 0x1f);
    switch (lead) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.binary(this.u8());
      case 0xc5:
        return this.binary(this.u16());
      case 0xc6:
        return this.binary(this.u32());
      case 0xc7:
        return this.extension(this.u8());
      case 0xc8:
        return this.extension(this.u16());
      case 0xc9:
        return this.extension(this.u32());
      case 0xca:
        this.need(4);
        this.offset += 4;
        return this.buffer.readFloatBE(this.offset - 4);
      case 0xcb:
        this.need(8);
        this.offset += 8;
        return this.buffer.readDoubleBE(this.offset - 8);
      case 0xcc:
        return this.u8();
      case 0xcd:
        return this.u16();
      case 0xce:
        return this.u32();
      case 0xcf:
        return this.wide(this.u32(), this.u32());
      case 0xd0:
        return (this.u8() << 24) >> 24;
      case 0xd1:
        return (this.u16() << 16) >> 16;
      case 0xd2:
        return this.u32() | 0;
      case 0xd3:
        return this.wide(this.u32() | 0, this.u32());
      case 0xd4:
        return this.extension(1);
      case 0xd5:
        return this.extension(2);
      case 0xd6:
        return this.extension(4);
      case 0xd7:
        return this.extension(8);
      case 0xd8:
        return this.extension(16);
      case 0xd9:
        return this.text(this.u8());
      case 0xda:
        return this.text(this.u16());
      case 0xdb:
        return this.text(this.u32());
      case 0xdc:
        return this.list(this.u16());
      case 0xdd:
        return this.list(this.u32());
      case 0xde:
        return this.map(this.u16());
      case 0xdf:
        return this.map(this.u32());
      default:
        throw new MillraceError('MR_CODEC', 'byte 0xc1 does not occur in MessagePack');
    }
  }

  /** The length of the array that begins here, or -1 (and nothing is read) when the next value is no array. */
  arrayLength(): number {
    const lead = this.peek();
    if (lead >= 0x90 && lead < 0xa0) {
      this.offset += 1;
      return lead & 0x0f;
    }
    if (lead !== 0xdc && lead !== 0xdd) return -1;
    this.offset += 1;
    return lead === 0xdc ? this.u16() : this.u32();
  }

  /** The number of fields of the map that begins here, or -1 (and nothing is read) when the next value is no map. */
  mapLength(): number {
    const lead = this.peek();
    if (lead >= 0x80 && lead < 0x90) {
      this.offset += 1;
      return lead & 0x0f;
    }
    if (lead !== 0xde && lead !== 0xdf) return -1;
    this.offset += 1;
    return lead === 0xde ? this.u16() : this.u32();
  }

  /** The map that begins here, or undefined (and nothing is read) when the next value is no map. */
  record(): EventRecord | undefined {
    const length = this.mapLength();
    return length < 0 ? undefined : this.map(length);
  }

  private map(length: number): EventRecord {
    this.enter(length * 2);
    const record: MutableRecord = {};
    for (let index = 0; index < length; index += 1) {
      const key = this.key();
      const value = this.value();
      if (key === '__proto__') setField(record, key, value);
      else record[key] = value;
    }
    this.depth -= 1;
    return record;
  }

  private list(length: number): EventValue[] {
    this.enter(length);
    const list: EventValue[] = [];
    for (let index = 0; index < length; index += 1) list.push(this.value());
    this.depth -= 1;
    return list;
  }

  private key(): string {
    this.need(1);
    const lead = this.buffer[this.offset] as number;
    if (lead < 0xa0 || lead >= 0xc0) return keyText(this.value());
    this.offset += 1;
    const length = lead & 0x1f;
    this.need(length);
    const start = this.offset;
    this.offset += length;
    return this.cachedKey(start, length);
  }

  /** Keys repeat from record to record: the same text object is given again, without decoding. */
  private cachedKey(start: number, length: number): string {
    const { buffer } = this;
    let hash = length;
    for (let index = 0; index < length; index += 1) {
      hash = (hash * 31 + (buffer[start + index] as number)) | 0;
    }
    const slot = (hash ^ (hash >>> 11)) & (cachedKeys - 1);
    const cached = keyCache[slot];
    if (cached !== undefined && cached.length === length) {
      const { bytes } = cached;
      let index = 0;
      while (index < length && bytes[index] === buffer[start + index]) index += 1;
      if (index === length) return cached.text;
    }
    const text = keyText(decodeText(buffer, start, length));
    if (length > 0 && length < cachedKeyBytes) {
      keyCache[slot] = { length, bytes: copyBytes(buffer, start, length), text };
    }
    return text;
  }

  private text(length: number): string | RawString {
    this.need(length);
    const start = this.offset;
    this.offset += length;
    return decodeText(this.buffer, start, length);
  }

  private binary(length: number): Uint8Array {
    this.need(length);
    this.offset += length;
    return copyBytes(this.buffer, this.offset - length, length);
  }

  private extension(length: number): EventTime | Extension {
    this.need(length + 1);
    const type = ((this.buffer[this.offset] as number) << 24) >> 24;
    const start = this.offset + 1;
    this.offset = start + length;
    if (type === 0 && length === 8) {
      return eventTime(this.buffer.readUInt32BE(start), this.buffer.readUInt32BE(start + 4));
    }
    return new Extension(type, copyBytes(this.buffer, start, length));
  }

  /** A 64-bit integer of its halves: a number where that is exact, else a bigint. */
  private wide(high: number, low: number): number | bigint {
    const near = high * 0x1_0000_0000 + low;
    if (Number.isSafeInteger(near)) return near;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  private u8(): number {
    this.need(1);
    return this.buffer[this.offset++] as number;
  }

  private u16(): number {
    this.need(2);
    const { buffer, offset } = this;
    this.offset += 2;
    return ((buffer[offset] as number) << 8) | (buffer[offset + 1] as number);
  }

  private u32(): number {
    this.need(4);
    const { buffer, offset } = this;
    this.offset += 4;
    const low = ((buffer[offset + 2] as number) << 8) | (buffer[offset + 3] as number);
    const high = ((buffer[offset] as number) << 8) | (buffer[offset + 1] as number);
    return high * 0x10000 + low;
  }

  /** Enters an array or map whose elements take at least `leastBytes`. */
  private enter(leastBytes: number): void {
    this.need(leastBytes);
    this.depth += 1;
    if (this.depth > codecDepthLimit) throw tooDeep();
  }

  private need(length: number): void {
    if (this.offset + length > this.end) {
      throw new MillraceError(
        'MR_CODEC',
        `MessagePack ends early: ${length} more bytes expected at ${this.offset} of ${this.end}`,
      );
    }
  }
}

interface CachedKey {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

const keyCache: (CachedKey | undefined)[] = new Array<CachedKey | undefined>(cachedKeys).fill(
  undefined,
);

/** A moment whose nanoseconds may have been out of range on the wire. */
export function eventTime(sec: number, nsec: number): EventTime {
  if (nsec < 1e9) return new EventTime(sec, nsec);
  return new EventTime(sec + Math.floor(nsec / 1e9), nsec % 1e9);
}

/** The text of bytes that are UTF-8, else the bytes as a `RawString`. */
export function decodeText(buffer: Buffer, start: number, length: number): string | RawString {
  if (length <= shortText) {
    let text = '';
    let index = 0;
    for (; index < length; index += 1) {
      const code = buffer[start + index] as number; // the caller has checked the range
      if (code >= 0x80) break;
      text += String.fromCharCode(code);
    }
    if (index === length) return text;
  }
  // Without an encoding named, Node reads UTF-8 and saves looking the name up.
  const text = buffer.toString(undefined, start, start + length);
  // U+FFFD may be in the text itself: only then are the bytes looked at.
  if (!text.includes('\ufffd')) return text;
  if (isUtf8(buffer.subarray(start, start + length))) return text;
  return new RawString(copyBytes(buffer, start, length));
}

function copyBytes(buffer: Buffer, start: number, length: number): Uint8Array {
  return new Uint8Array(buffer.subarray(start, start + length));
}
