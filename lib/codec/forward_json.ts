import { MillraceError, toError } from '../error.ts';
import type { EventValue } from '../event/entry.ts';
import { MsgpackReader } from './msgpack_reader.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const closeList = 0x5d;
const openMap = 0x7b;
const closeMap = 0x7d;

const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** Whether a connection that begins with this byte speaks JSON instead of MessagePack. */
export function beginsJson(byte: number | undefined): boolean {
  return byte === openList || byte === openMap;
}

/**
 * The forward protocol in JSON: cuts a stream of JSON arrays and objects, with or without white space between
 * them, into its values, and gives each as the MessagePack frame that says the same.
 */
export class JsonFrameSplitter {
  private readonly limitBytes: number;
  private buffer: Buffer = Buffer.alloc(0);
  private end = 0;
  private offset = 0;
  /** Where the value begins that is being read, or -1 between values. */
  private begin = -1;
  /** The closing brackets that are awaited, innermost last. */
  private readonly closers: number[] = [];
  private isInText = false;
  private isEscaped = false;

  /** A value longer than `limitBytes` is an error. */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Whether the stream so far ends with a complete value. */
  get isBetweenValues(): boolean {
    return this.begin < 0 && this.offset === this.end;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): void {
    const start = this.begin < 0 ? this.offset : this.begin;
    const pending = this.end - start;
    const needed = pending + chunk.length;
    if (needed > this.buffer.length - start) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, pending * 2));
      this.buffer.copy(grown, 0, start, this.end);
      this.buffer = grown;
      this.end = pending;
      this.offset -= start;
      if (this.begin >= 0) this.begin = 0;
    }
    this.buffer.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** The next complete value; undefined when more bytes are needed. @throws MR_CODEC when it is not JSON, or too long */
  next(): Buffer | undefined {
    while (this.offset < this.end) {
      const byte = this.buffer[this.offset] ?? 0;
      this.offset += 1;
      if (this.isInText) this.text(byte);
      else if (this.structure(byte)) return this.cut();
    }
    if (this.begin >= 0 && this.end - this.begin > this.limitBytes) {
      throw new MillraceError('MR_CODEC', `a JSON value exceeds ${this.limitBytes} bytes`);
    }
    return undefined;
  }

  private text(byte: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (byte === backslash) this.isEscaped = true;
    else if (byte === quote) this.isInText = false;
  }

  /** True when a value is complete. */
  private structure(byte: number): boolean {
    if (byte === openList || byte === openMap) {
      if (this.closers.length === 0) this.begin = this.offset - 1;
      this.closers.push(byte === openList ? closeList : closeMap);
    } else if (this.closers.length === 0) {
      const isSpace = byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
      if (!isSpace) throw new MillraceError('MR_CODEC', `expected JSON, got byte ${byte}`);
    } else if (byte === closeList || byte === closeMap) {
      if (this.closers.pop() !== byte) {
        throw new MillraceError('MR_CODEC', 'a JSON value has brackets that do not match');
      }
      return this.closers.length === 0;
    } else if (byte === quote) this.isInText = true;
    return false;
  }

  private cut(): Buffer {
    const text = this.buffer.toString('utf8', this.begin, this.offset);
    this.begin = -1;
    let value: EventValue;
    try {
      value = JSON.parse(text);
    } catch (thrown) {
      const cause = toError(thrown);
      throw new MillraceError('MR_CODEC', `a JSON value cannot be read: ${cause.message}`, {
        cause,
      });
    }
    writer.clear();
    writer.value(value);
    return Buffer.from(writer.take());
  }
}

/** The answer to a frame with a chunk, for a sender that speaks JSON. */
export function encodeJsonAck(chunk: Uint8Array): Uint8Array {
  reader.open(chunk);
  const ack = reader.value();
  return Buffer.from(
    JSON.stringify({ ack }, (_key, value: unknown) =>
      typeof value === 'bigint' ? Number(value) : value,
    ),
  );
}
