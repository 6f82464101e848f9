import { MillraceError } from '../error.ts';
import { type EventRecord, type EventValue, Extension, Float, RawString } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { Memory } from '../event/undecoded.ts';
import { codecDepthLimit, tooDeep } from './msgpack_scanner.ts';

/** Below 32, so that a text that the loop has written needs one byte of header. */
const shortText = 24;
const keptCapacity = 4 * 1024 * 1024;
const largestU32 = 0xffff_ffff;

/**
 * Writes MessagePack into one buffer that is used again and again; `take` copies the result out.
 * Integers and lengths take the smallest form, as Ruby's msgpack writes them.
 */
export class MsgpackWriter {
  private buffer = Buffer.allocUnsafeSlow(64 * 1024);
  private position = 0;
  private depth = 0;

  /** Bytes written since the last `take` or `clear`. */
  get length(): number {
    return this.position;
  }

  /** Forgets what was written, also after an error in the middle of a value. */
  clear(): void {
    this.position = 0;
    this.depth = 0;
    if (this.buffer.length > keptCapacity) this.buffer = Buffer.allocUnsafeSlow(64 * 1024);
  }

  /** What was written, as bytes of their own, in `memory` if it is given; the writer starts anew. */
  take(memory?: Memory): Uint8Array {
    const length = this.position;
    const taken = memory?.take(length).subarray(0, length) ?? Buffer.allocUnsafe(length);
    this.buffer.copy(taken, 0, 0, length);
    this.clear();
    return taken;
  }

  /** @throws MR_CODEC when a value is no event value, or the nesting is too deep. */
  value(value: EventValue | undefined): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (value === null || value === undefined) this.byte(0xc0);
    else if (typeof value === 'object') this.object(value);
    else if (typeof value === 'boolean') this.byte(value ? 0xc3 : 0xc2);
    else if (typeof value === 'bigint') this.bigint(value);
    else throw new MillraceError('MR_CODEC', `a ${typeof value} cannot be a value of an event`);
  }

  nil(): void {
    this.byte(0xc0);
  }

  text(text: string): void {
    const { length } = text;
    this.reserve(length * 3 + 5);
    const { buffer } = this;
    if (length <= shortText) {
      // Short texts are mostly ASCII: a loop beats a native call. At the first other character it starts over.
      let position = this.position + 1;
      let index = 0;
      for (; index < length; index += 1) {
        const code = text.charCodeAt(index);
        if (code >= 0x80) break;
        buffer[position++] = code;
      }
      if (index === length) {
        buffer[this.position] = 0xa0 | length;
        this.position = position;
        return;
      }
    }
    const guessed = textHeaderBytes(length);
    const start = this.position + guessed;
    // Without an encoding named, Node writes UTF-8 and saves looking the name up.
    const written = buffer.write(text, start);
    const needed = textHeaderBytes(written);
    if (needed !== guessed) buffer.copyWithin(this.position + needed, start, start + written);
    this.textHeader(written);
    this.position += written;
  }

  /** A finite integer in its smallest form, any other number as a double. */
  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.integer(value);
      return;
    }
    this.double(value);
  }

  bytes(bytes: Uint8Array): void {
    this.bytesHeader(bytes.length);
    this.raw(bytes);
  }

  /** The header of a binary string whose `length` bytes are still to be written. */
  bytesHeader(length: number): void {
    this.lengthHeader(length, 0xc4, 0xc5, 0xc6);
  }

  /** Bytes that are a string on the wire, whatever they hold. */
  rawText(bytes: Uint8Array): void {
    this.reserve(5);
    this.textHeader(bytes.length);
    this.raw(bytes);
  }

  /** The UTF-8 text between two places. */
  textOf(bytes: Buffer, begin: number, end: number): void {
    const length = end - begin;
    this.reserve(length + 5);
    this.textHeader(length);
    const { buffer, position } = this;
    if (length > shortText) bytes.copy(buffer, position, begin, end);
    else
      for (let index = 0; index < length; index += 1)
        buffer[position + index] = bytes[begin + index] ?? 0;
    this.position += length;
  }

  /** Bytes that are MessagePack already. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    const { buffer, position } = this;
    if (length > shortText) buffer.set(bytes, position);
    else
      for (let index = 0; index < length; index += 1) buffer[position + index] = bytes[index] ?? 0;
    this.position += length;
  }

  arrayHeader(length: number): void {
    if (length < 16) this.byte(0x90 | length);
    else this.lengthHeader(length, 0, 0xdc, 0xdd);
  }

  mapHeader(length: number): void {
    if (length < 16) this.byte(0x80 | length);
    else this.lengthHeader(length, 0, 0xde, 0xdf);
  }

  /**
   * The time of an event: Fluentd's ext type 0 (8 bytes). A time outside of 1970..2106, which that form cannot
   * hold, becomes an integer, or MessagePack's own 96-bit timestamp when it has nanoseconds.
   */
  time(time: EventTime): void {
    const { sec, nsec } = time;
    this.reserve(15);
    const { buffer, position } = this;
    if (sec >= 0 && sec <= largestU32) {
      buffer[position] = 0xd7;
      buffer[position + 1] = 0;
      writeU32(buffer, position + 2, sec);
      writeU32(buffer, position + 6, nsec);
      this.position += 10;
    } else if (nsec === 0) {
      this.number(sec);
    } else {
      buffer[position] = 0xc7;
      buffer[position + 1] = 12;
      buffer[position + 2] = 0xff;
      writeU32(buffer, position + 3, nsec);
      buffer.writeBigInt64BE(BigInt(sec), position + 7);
      this.position += 15;
    }
  }

  /** @throws MR_CODEC as `value`. */
  record(record: EventRecord): void {
    this.enter();
    const keys = Object.keys(record);
    this.mapHeader(keys.length);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] as string; // in range
      this.text(key);
      this.value(record[key]);
    }
    this.depth -= 1;
  }

  private object(value: Exclude<EventValue, string | number | boolean | bigint | null>): void {
    if (Array.isArray(value)) this.list(value);
    else if (value instanceof Uint8Array) this.bytes(value);
    else if (value instanceof EventTime) this.time(value);
    else if (value instanceof RawString) this.rawText(value.bytes);
    else if (value instanceof Float) this.double(value.value);
    else if (value instanceof Extension) this.extension(value);
    // What is none of our classes is a map of fields; Array.isArray does not narrow readonly arrays away.
    else this.record(value as EventRecord);
  }

  private list(values: readonly EventValue[]): void {
    this.enter();
    this.arrayHeader(values.length);
    for (let index = 0; index < values.length; index += 1) this.value(values[index]);
    this.depth -= 1;
  }

  private extension(extension: Extension): void {
    const { length } = extension.bytes;
    const fixed = length === 0 ? -1 : [1, 2, 4, 8, 16].indexOf(length);
    if (fixed >= 0) this.byte(0xd4 + fixed);
    else this.lengthHeader(length, 0xc7, 0xc8, 0xc9);
    this.byte(extension.type & 0xff);
    this.raw(extension.bytes);
  }

  private double(value: number): void {
    this.reserve(9);
    this.buffer[this.position] = 0xcb;
    this.buffer.writeDoubleBE(value, this.position + 1);
    this.position += 9;
  }

  private integer(value: number): void {
    this.reserve(9);
    const { buffer } = this;
    let { position } = this;
    if (value >= 0) {
      if (value < 0x80) buffer[position++] = value;
      else if (value < 0x100) {
        buffer[position++] = 0xcc;
        buffer[position++] = value;
      } else if (value < 0x10000) {
        buffer[position++] = 0xcd;
        buffer[position++] = value >>> 8;
        buffer[position++] = value;
      } else if (value <= largestU32) {
        buffer[position++] = 0xce;
        position = writeU32(buffer, position, value);
      } else {
        buffer[position++] = 0xcf;
        position = writeU32(buffer, position, Math.floor(value / 0x1_0000_0000));
        position = writeU32(buffer, position, value % 0x1_0000_0000);
      }
    } else if (value >= -0x20) buffer[position++] = value;
    else if (value >= -0x80) {
      buffer[position++] = 0xd0;
      buffer[position++] = value;
    } else if (value >= -0x8000) {
      buffer[position++] = 0xd1;
      buffer[position++] = value >> 8;
      buffer[position++] = value;
    } else if (value >= -0x8000_0000) {
      buffer[position++] = 0xd2;
      position = writeU32(buffer, position, value);
    } else {
      buffer[position++] = 0xd3;
      const high = Math.floor(value / 0x1_0000_0000);
      position = writeU32(buffer, position, high);
      position = writeU32(buffer, position, value - high * 0x1_0000_0000);
    }
    this.position = position;
  }

  /** An integer beyond 64 bits becomes a float: MessagePack has no other number for it. */
  private bigint(value: bigint): void {
    const near = Number(value);
    if (Number.isSafeInteger(near)) {
      this.integer(near);
      return;
    }
    this.reserve(9);
    const { buffer, position } = this;
    if (value > 0n && value <= 0xffff_ffff_ffff_ffffn) {
      buffer[position] = 0xcf;
      buffer.writeBigUInt64BE(value, position + 1);
    } else if (value < 0n && value >= -0x8000_0000_0000_0000n) {
      buffer[position] = 0xd3;
      buffer.writeBigInt64BE(value, position + 1);
    } else {
      buffer[position] = 0xcb;
      buffer.writeDoubleBE(near, position + 1);
    }
    this.position += 9;
  }

  private enter(): void {
    this.depth += 1;
    if (this.depth > codecDepthLimit) throw tooDeep();
  }

  private byte(byte: number): void {
    this.reserve(1);
    this.buffer[this.position++] = byte;
  }

  private textHeader(length: number): void {
    if (length < 32) this.buffer[this.position++] = 0xa0 | length;
    else this.lengthHeader(length, 0xd9, 0xda, 0xdb);
  }

  /** A lead byte by the size of `length`, and the length; `lead8` 0 when there is no one-byte form. */
  private lengthHeader(length: number, lead8: number, lead16: number, lead32: number): void {
    this.reserve(5);
    const { buffer } = this;
    if (length < 0x100 && lead8 !== 0) {
      buffer[this.position++] = lead8;
      buffer[this.position++] = length;
    } else if (length < 0x10000) {
      buffer[this.position++] = lead16;
      buffer[this.position++] = length >>> 8;
      buffer[this.position++] = length;
    } else {
      buffer[this.position++] = lead32;
      this.position = writeU32(buffer, this.position, length);
    }
  }

  private reserve(length: number): void {
    const needed = this.position + length;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }
}

function textHeaderBytes(length: number): number {
  if (length < 32) return 1;
  if (length < 0x100) return 2;
  return length < 0x10000 ? 3 : 5;
}

function writeU32(buffer: Buffer, position: number, value: number): number {
  buffer[position] = value >>> 24;
  buffer[position + 1] = value >>> 16;
  buffer[position + 2] = value >>> 8;
  buffer[position + 3] = value;
  return position + 4;
}
