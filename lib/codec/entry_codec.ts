import { MillraceError } from '../error.ts';
import { type Entry, Extension } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { asBuffer } from './bytes.ts';
import { LimitError } from './limit_error.ts';
import { eventTime, MsgpackReader } from './msgpack_reader.ts';
import {
  containerBytes,
  elementBytes,
  entryDepthLimit,
  MsgpackScanner,
} from './msgpack_scanner.ts';
import { MsgpackWriter } from './msgpack_writer.ts';
import { skipPlainValue, skippedWeightBytes } from './value_skip.ts';

/*
 * Packed entries are MessagePack arrays one after another, with nothing before, between or after them:
 *
 *     92            array of 2
 *       d7 00 SSSSSSSS NNNNNNNN    time: ext type 0, seconds and nanoseconds, each 32 bits, big endian
 *       8x ...                     record: a map
 *
 * Read are also: the time as `c7 08 00` + 8 bytes, as an integer, as a float, as MessagePack's own timestamp
 * (ext type -1), and as `[time, metadata]` (version 1.5 of the forward protocol; the metadata is let go).
 */

/** How entries are encoded. */
export interface EntryEncoding {
  /** Times as whole seconds, for receivers that know no event time. */
  readonly timeAsInteger?: boolean;
}

/** What a scan of packed entries has found. */
export interface EntryScan {
  readonly count: number;
  /** Every entry is exactly an event time or integer, and a map: any receiver takes the bytes as they are. */
  readonly isPlain: boolean;
  /** An entry's time has 0 seconds. Looked for in plain entries only. */
  readonly hasZeroTime: boolean;
}

/** What an entry takes once it is decoded, besides what is in it. */
const entryBytes = 64;
/** What the array of a time and a record counts. */
const pairBytes = containerBytes + 2 * elementBytes;

const writer = new MsgpackWriter();
const reader = new MsgpackReader();
const scanner = new MsgpackScanner(entryDepthLimit);

/** One packed entry. @throws MR_CODEC when a value cannot be encoded. */
export function encodeEntry(entry: Entry, encoding: EntryEncoding = {}): Uint8Array {
  return encodeEntries([entry], encoding);
}

/** Packed entries, as bytes of their own. @throws MR_CODEC when a value cannot be encoded. */
export function encodeEntries(entries: Iterable<Entry>, encoding: EntryEncoding = {}): Uint8Array {
  writer.clear();
  for (const entry of entries) writeEntry(writer, entry, encoding);
  return writer.take();
}

/** Writes one packed entry. @throws MR_CODEC when a value cannot be encoded. */
function writeEntry(to: MsgpackWriter, entry: Entry, encoding: EntryEncoding = {}): void {
  to.arrayHeader(2);
  if (encoding.timeAsInteger === true) to.number(entry.time.sec);
  else to.time(entry.time);
  to.record(entry.record);
}

/** The entries of packed bytes. @throws MR_CODEC when the bytes are not whole, valid entries. */
export function decodeEntries(bytes: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  reader.open(bytes);
  while (!reader.isAtEnd) {
    const start = reader.offset;
    const entry = readEntry(reader);
    if (entry === undefined) {
      throw new MillraceError('MR_CODEC', `the bytes at ${start} are no [time, record] entry`);
    }
    entries.push(entry);
  }
  return entries;
}

/**
 * Reads the entry that begins here; undefined when the value is something else (it is read past then).
 * Elements after time and record are ignored, as Fluentd does. `timeOf` reads the time where times are judged.
 * @throws MR_CODEC when the bytes are not whole MessagePack.
 */
export function readEntry(
  from: MsgpackReader,
  timeOf: (from: MsgpackReader) => EventTime | undefined = readTime,
): Entry | undefined {
  const length = from.arrayLength();
  if (length < 0) {
    from.value();
    return undefined;
  }
  let rest = length;
  let time: EventTime | undefined;
  let record: Entry['record'] | undefined;
  if (rest > 0) {
    time = timeOf(from);
    rest -= 1;
  }
  if (rest > 0) {
    record = from.record();
    if (record !== undefined) rest -= 1;
  }
  for (; rest > 0; rest -= 1) from.value();
  return time === undefined || record === undefined ? undefined : { time, record };
}

/** Reads a time in any of its forms; undefined when the value is something else (it is read past then). */
export function readTime(from: MsgpackReader): EventTime | undefined {
  const length = from.arrayLength();
  if (length < 0) return asTime(from.value());
  if (length === 0) return undefined;
  const time = asTime(from.value());
  for (let index = 1; index < length; index += 1) from.value();
  return time;
}

/**
 * Counts packed entries without decoding them.
 * @throws MR_CODEC when the bytes are not whole MessagePack, LimitError when they take more than `limitBytes` once decoded
 */
export function scanEntries(bytes: Uint8Array, limitBytes = Number.POSITIVE_INFINITY): EntryScan {
  const buffer = asBuffer(bytes);
  const end = buffer.length;
  let count = 0;
  let isPlain = true;
  let hasZeroTime = false;
  let weightBytes = 0;
  for (let offset = 0; offset < end; count += 1) {
    // Nearly all entries are so: an event time, and a map that is not deep.
    if (
      buffer[offset] === 0x92 &&
      buffer[offset + 1] === 0xd7 &&
      buffer[offset + 2] === 0 &&
      isMapLead(buffer[offset + 11])
    ) {
      const mapEnd = skipPlainValue(buffer, offset + 11, end);
      if (mapEnd >= 0) {
        weightBytes += entryBytes + pairBytes + skippedWeightBytes;
        if (weightBytes > limitBytes) throw tooHeavy(limitBytes);
        hasZeroTime ||= isPlain && isZeroTime(buffer, offset + 1);
        offset = mapEnd;
        continue;
      }
    }
    const next = scannedEnd(buffer, offset, end);
    weightBytes += entryBytes + scanner.weightBytes;
    if (weightBytes > limitBytes) throw tooHeavy(limitBytes);
    const isArray = buffer[offset] === 0x92;
    isPlain = isPlain && isArray && isPlainEvent(buffer, offset + 1);
    hasZeroTime = hasZeroTime || (isPlain && isZeroTime(buffer, offset + 1));
    offset = next;
  }
  return { count, isPlain, hasZeroTime };
}

/** The offset after each packed entry, in order. @throws MR_CODEC as `scanEntries`. */
export function entryEnds(bytes: Uint8Array): number[] {
  const buffer = asBuffer(bytes);
  const ends: number[] = [];
  for (let offset = 0; offset < buffer.length; ends.push(offset)) {
    offset = entryEnd(buffer, offset, buffer.length);
  }
  return ends;
}

/**
 * The end of the last packed entry that ends at `most` or before; where none does, `from`, or with `takesOne` the end
 * of the first. @throws MR_CODEC as `scanEntries`
 */
export function lastEntryEnd(
  bytes: Uint8Array,
  from: number,
  most: number,
  takesOne: boolean,
): number {
  const buffer = asBuffer(bytes);
  let end = from;
  while (end < buffer.length) {
    const next = entryEnd(buffer, end, buffer.length);
    if (next > most && !(takesOne && end === from)) break;
    end = next;
  }
  return end;
}

/** The error for what would take too much memory once it is decoded. */
export function tooHeavy(limitBytes: number): LimitError {
  return new LimitError('weight', `decoded, it would take more than ${limitBytes} bytes`);
}

function entryEnd(buffer: Buffer, offset: number, end: number): number {
  const plainEnd = skipPlainValue(buffer, offset, end);
  return plainEnd >= 0 ? plainEnd : scannedEnd(buffer, offset, end);
}

/** The same, with the weight of the entry left in the scanner. */
function scannedEnd(buffer: Buffer, offset: number, end: number): number {
  scanner.begin(offset);
  if (scanner.run(buffer, end)) return scanner.offset;
  throw new MillraceError('MR_CODEC', `the entry at ${offset} ends beyond the ${end} bytes`);
}

/** Whether an event time or integer is here, and a map behind it; the bytes are known to be whole. */
export function isPlainEvent(buffer: Buffer, offset: number): boolean {
  const afterTime = plainTimeEnd(buffer, offset);
  if (afterTime < 0) return false;
  return isMapLead(buffer[afterTime]);
}

function isMapLead(lead = 0): boolean {
  return (lead >= 0x80 && lead < 0x90) || lead === 0xde || lead === 0xdf;
}

/** Whether the event time or integer that is here has 0 seconds. */
export function isZeroTime(buffer: Buffer, offset: number): boolean {
  const lead = buffer[offset] ?? 0;
  if (lead === 0xd7) return buffer.readUInt32BE(offset + 2) === 0;
  if (lead === 0xc7) return buffer.readUInt32BE(offset + 3) === 0;
  if (lead < 0x80 || lead >= 0xe0) return lead === 0;
  const end = plainTimeEnd(buffer, offset);
  for (let index = offset + 1; index < end; index += 1) if (buffer[index] !== 0) return false;
  return true;
}

/** The offset after an event time or integer, or -1. */
function plainTimeEnd(buffer: Buffer, offset: number): number {
  const lead = buffer[offset] ?? 0xc1;
  switch (lead) {
    case 0xd7:
      return buffer[offset + 1] === 0 ? offset + 10 : -1;
    case 0xc7:
      return buffer[offset + 1] === 8 && buffer[offset + 2] === 0 ? offset + 11 : -1;
    case 0xcc:
    case 0xd0:
      return offset + 2;
    case 0xcd:
    case 0xd1:
      return offset + 3;
    case 0xce:
    case 0xd2:
      return offset + 5;
    case 0xcf:
    case 0xd3:
      return offset + 9;
    default:
      return lead < 0x80 || lead >= 0xe0 ? offset + 1 : -1;
  }
}

function asTime(value: unknown): EventTime | undefined {
  if (value instanceof EventTime) return value;
  if (typeof value === 'number' && Number.isFinite(value)) {
    return Number.isInteger(value) ? new EventTime(value, 0) : EventTime.fromSeconds(value);
  }
  return value instanceof Extension && value.type === -1 ? timestamp(value.bytes) : undefined;
}

/** MessagePack's own timestamp, in its 32, 64 and 96 bit forms. */
function timestamp(bytes: Uint8Array): EventTime | undefined {
  const buffer = asBuffer(bytes);
  if (buffer.length === 4) return new EventTime(buffer.readUInt32BE(0), 0);
  if (buffer.length === 8) {
    const high = buffer.readUInt32BE(0);
    return eventTime((high & 3) * 0x1_0000_0000 + buffer.readUInt32BE(4), high >>> 2);
  }
  if (buffer.length !== 12) return undefined;
  return eventTime(Number(buffer.readBigInt64BE(4)), buffer.readUInt32BE(0));
}
