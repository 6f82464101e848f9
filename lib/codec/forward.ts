import { MillraceError } from '../error.ts';
import { asBuffer } from './bytes.ts';
import { type ForwardOptions, readOptions, writeOptions } from './forward_options.ts';
import { keyText } from './msgpack_key.ts';
import { MsgpackReader } from './msgpack_reader.ts';
import { skipValue } from './msgpack_scanner.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

/*
 * The forward protocol, version 1 (github.com/fluent/forward-protocol): a stream of MessagePack values, each
 * one of
 *
 *     [tag, time, record, options?]           Message: one event
 *     [tag, [[time, record], ...], options?]  Forward: several
 *     [tag, bytes, options?]                  PackedForward: packed entries (see entry_codec.ts) in a bin or str,
 *                                             gzip members if options has "compressed"
 *     nil                                     a heartbeat
 *
 *     options: { "size": entries, "chunk": any, "compressed": "gzip" | "text", "fluent_signal": 0,
 *                "millrace": { "source", "epoch", "begin", "end", "low",
 *                              "agent": { "id", "name", "version", "labels" }, "receivers", "age_ms",
 *                              "relayed": [{ "agent", "receivers", "age_ms", "address",
 *                                            "stamps": [[source, epoch, begin, end, low, part, parts, events]] }] } }
 *
 * The receiver answers an event that has a chunk with {"ack": chunk}, the chunk as it came. `millrace` is the
 * origin (lib/event/origin.ts) of the events, by which a receiver knows a repeated chunk, and who sends them
 * (lib/event/agent.ts), by which it knows what is missing; `relayed` is what agents said of the events to the
 * sender. Others ignore it.
 */

/** One frame with events, still packed. */
export interface ForwardFrame {
  /** Undefined when what stands in its place is no text. */
  readonly tag: string | undefined;
  readonly mode: 'message' | 'forward' | 'packed';
  /** `message`: the time and the record, one after the other; else the entries, compressed if the options say so. */
  readonly body: Buffer;
  readonly options: ForwardOptions;
}

const reader = new MsgpackReader();
const writer = new MsgpackWriter();

/**
 * Reads a complete MessagePack value as a frame; undefined for a heartbeat.
 * @throws MR_PROTOCOL when the value is no frame, MR_CODEC when its options cannot be decoded
 */
export function decodeFrame(frame: Uint8Array): ForwardFrame | undefined {
  const buffer = asBuffer(frame);
  reader.open(buffer);
  if (reader.peek() === 0xc0) return undefined;
  const length = reader.arrayLength();
  if (length < 2) {
    const found = length < 0 ? 'a value that is no array' : `an array of ${length}`;
    throw new MillraceError('MR_PROTOCOL', `expected [tag, ...] of 2 to 4 elements, got ${found}`);
  }
  const tag = readTag(buffer);
  const start = reader.offset;
  const mode = modeAt(buffer, start, length);
  if (mode !== 'message') {
    const body = bodyAt(buffer, start, mode);
    return { tag, mode, body, options: length > 2 ? readOptions(reader, buffer) : {} };
  }
  if (length < 3) {
    throw new MillraceError('MR_PROTOCOL', 'expected [tag, time, record], got no record');
  }
  const afterTime = skipValue(buffer, start, buffer.length);
  const end = length === 3 ? buffer.length : skipValue(buffer, afterTime, buffer.length);
  reader.offset = end;
  const options = length > 3 ? readOptions(reader, buffer) : {};
  return { tag, mode, body: buffer.subarray(start, end), options };
}

/** The bytes of a PackedForward frame before its packed entries, of which `sizeBytes` bytes follow. */
export function packedFrameHead(tag: string, sizeBytes: number): Uint8Array {
  writer.clear();
  writer.arrayHeader(3);
  writer.text(tag);
  writer.bytesHeader(sizeBytes);
  return writer.take();
}

/** The bytes of a PackedForward frame after its packed entries. */
export function packedFrameTail(options: ForwardOptions): Uint8Array {
  writer.clear();
  writeOptions(writer, options);
  return writer.take();
}

/** The answer to a frame with a chunk. */
export function encodeAck(chunk: Uint8Array): Uint8Array {
  writer.clear();
  writer.mapHeader(1);
  writer.text('ack');
  writer.raw(chunk);
  return writer.take();
}

/** The chunk that a receiver acknowledges: a MessagePack value, as it came. @throws MR_PROTOCOL */
export function decodeAck(frame: Uint8Array): Uint8Array {
  const buffer = asBuffer(frame);
  reader.open(buffer);
  for (let left = reader.mapLength(); left > 0; left -= 1) {
    const key = reader.value();
    const start = reader.offset;
    reader.offset = skipValue(buffer, start, buffer.length);
    if (key === 'ack') return buffer.subarray(start, reader.offset);
  }
  throw new MillraceError('MR_PROTOCOL', 'expected {"ack": chunk}, got something else');
}

/** The chunk that a receiver acknowledges, as text: some answer with a bin where it was a str. @throws MR_PROTOCOL */
export function decodeAckText(frame: Uint8Array): string {
  reader.open(decodeAck(frame));
  return keyText(reader.value());
}

/** A text as a MessagePack value, to stand as `chunk` in the options. */
export function encodeChunk(text: string): Uint8Array {
  writer.clear();
  writer.text(text);
  return writer.take();
}

function readTag(buffer: Buffer): string | undefined {
  const lead = reader.peek();
  if (isText(lead)) return String(reader.value());
  if (isBinary(lead)) return asBuffer(stringAt(buffer, reader.offset)).toString();
  reader.offset = skipValue(buffer, reader.offset, buffer.length);
  return undefined;
}

function modeAt(buffer: Buffer, offset: number, frameLength: number): ForwardFrame['mode'] {
  const lead = buffer[offset] ?? 0;
  if (isText(lead) || isBinary(lead)) return 'packed';
  if (!isArray(lead)) return 'message';
  // An entry is an array and a time is none: so `[time, metadata]` (version 1.5) is told from `[entry, ...]`.
  const first = buffer[offset + 1] ?? 0;
  const isTimed = lead === 0x92 && frameLength > 2 && !isArray(first) && first !== 0xc0;
  return isTimed ? 'message' : 'forward';
}

/** The entries at `offset`; leaves the reader behind them. */
function bodyAt(buffer: Buffer, offset: number, mode: 'forward' | 'packed'): Buffer {
  if (mode === 'packed') return stringAt(buffer, offset);
  const end = skipValue(buffer, offset, buffer.length);
  reader.offset = offset;
  reader.arrayLength();
  const start = reader.offset;
  reader.offset = end;
  return buffer.subarray(start, end);
}

/** The bytes of the str or bin at `offset`, whatever they hold; leaves the reader behind them. */
function stringAt(buffer: Buffer, offset: number): Buffer {
  const end = skipValue(buffer, offset, buffer.length);
  reader.offset = end;
  const lead = buffer[offset] ?? 0;
  if (lead < 0xc0) return buffer.subarray(offset + 1, end);
  if (lead === 0xc4 || lead === 0xd9) return buffer.subarray(offset + 2, end);
  return buffer.subarray(offset + (lead === 0xc5 || lead === 0xda ? 3 : 5), end);
}

function isText(lead: number): boolean {
  return (lead >= 0xa0 && lead < 0xc0) || (lead >= 0xd9 && lead <= 0xdb);
}

function isBinary(lead: number): boolean {
  return lead >= 0xc4 && lead <= 0xc6;
}

function isArray(lead: number): boolean {
  return (lead >= 0x90 && lead < 0xa0) || lead === 0xdc || lead === 0xdd;
}
