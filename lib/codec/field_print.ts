import type { EventTime } from '../event/time.ts';
import type { Memory } from '../event/undecoded.ts';
import { type ByteSource, byteSource } from './byte_source.ts';
import { type BytePiece, ByteWriter, bytePiece } from './byte_writer.ts';
import { encodeEntry } from './entry_codec.ts';
import type { FieldLayout, LaidField } from './field_layout.ts';
import { absentField, type FieldTable, nullField, timeAt } from './field_table.ts';
import { writeJsonText } from './json_bytes.ts';
import { printJsonExactly } from './json_print.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const quote = 0x22;
const msgpackNil = 0xc0;
/** The largest head of a MessagePack text or map. */
const headBytes = 5;
/** The largest head of an entry: an array of two, a time and a map. */
const entryHeadBytes = 1 + 15 + headBytes;

const packer = new MsgpackWriter();

/** MessagePack `[time, record]*` of lines. */
export function packLines(table: FieldTable, { fields }: FieldLayout, memory?: Memory): Buffer {
  const { count, width, bounds } = table;
  const source = byteSource(table.bytes);
  let fixedBytes = entryHeadBytes;
  for (const { packed } of fields) fixedBytes += packed.length + headBytes;
  const writer = new ByteWriter(table.bytes.length + count * fixedBytes, memory, source);
  const { size: decodedCount } = table.decoded;
  const hasOptional = fields.some(({ isOptional }) => isOptional);
  let lastTime: EventTime | undefined;
  let lastPresent = 0;
  let head = bytePiece(Buffer.alloc(0));
  for (let index = 0; index < count; index += 1) {
    const known = decodedCount === 0 ? undefined : table.decoded.get(index);
    if (known !== undefined) {
      writeReserved(writer, encodeEntry(known));
      continue;
    }
    const first = 2 * index * width;
    const time = timeAt(table, index);
    const present = hasOptional ? presentFields(fields, bounds, first) : fields.length;
    if (time !== lastTime || present !== lastPresent) {
      lastTime = time;
      lastPresent = present;
      head = packHead(time, present);
    }
    writer.piece(head);
    packFields(writer, fields, source, bounds, first);
  }
  return writer.written;
}

/** The record of each entry as JSON, and `lineEnd` behind it. */
export function printLines(
  table: FieldTable,
  layout: FieldLayout,
  lineEnd: BytePiece,
  memory?: Memory,
): Buffer {
  const { count, width, bounds } = table;
  const { fields } = layout;
  const { size: decodedCount } = table.decoded;
  const source = byteSource(table.bytes);
  let fixedBytes = 2 + lineEnd.length;
  // Behind the name there is a quote, too, or a null.
  for (const { jsonNull } of fields) fixedBytes += jsonNull.length;
  const writer = new ByteWriter(table.bytes.length + count * fixedBytes, memory, source);
  for (let index = 0; index < count; index += 1) {
    const known = decodedCount === 0 ? undefined : table.decoded.get(index);
    if (known !== undefined) {
      writeReserved(writer, Buffer.from(printJsonExactly(known.record)));
      writer.piece(lineEnd);
      continue;
    }
    printFields(writer, fields, source, bounds, 2 * index * width);
    writer.piece(lineEnd);
  }
  return writer.written;
}

/**
 * The fields of a line as MessagePack. A function of its own, as `printFields` is: the compiler treats what is called
 * for each line twice as well as what stands in a loop over lines.
 */
function packFields(
  writer: ByteWriter,
  fields: FieldLayout['fields'],
  source: ByteSource,
  bounds: Uint32Array,
  first: number,
): void {
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as LaidField; // in range
    const { packed, column } = field;
    if (column < 0) {
      writer.piece(packed);
      continue;
    }
    const begin = bounds[first + 2 * column] ?? 0;
    if (begin === absentField) continue;
    writer.piece(packed);
    const end = bounds[first + 2 * column + 1] ?? 0;
    if (begin === nullField) writer.byte(msgpackNil);
    else if (field.isInteger) writeInteger(writer, source.bytes, begin, end);
    else {
      writeTextHead(writer, end - begin);
      writer.copy(source, begin, end);
    }
  }
}

/** The fields of a line as a JSON object. */
function printFields(
  writer: ByteWriter,
  fields: FieldLayout['fields'],
  source: ByteSource,
  bounds: Uint32Array,
  first: number,
): void {
  const start = writer.at;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as LaidField; // in range
    const { json, column } = field;
    if (column < 0) {
      writer.piece(json);
      continue;
    }
    const begin = bounds[first + 2 * column] ?? 0;
    if (begin === absentField) continue;
    if (begin === nullField) {
      writer.piece(field.jsonNull);
      continue;
    }
    writer.piece(json);
    const end = bounds[first + 2 * column + 1] ?? 0;
    if (field.isInteger) writer.copy(source, begin, end);
    else {
      writeJsonText(writer, source, begin, end);
      writer.byte(quote);
    }
  }
  // The comma before the first field gives way to the brace.
  if (writer.at === start) writer.byte(comma);
  writer.bytes[start] = openBrace;
  writer.byte(closeBrace);
}

function writeReserved(writer: ByteWriter, bytes: Uint8Array): void {
  writer.reserve(bytes.length);
  writer.copy(byteSource(bytes), 0, bytes.length);
}

/** What an entry begins with: an array of two, the time in it, and the head of a map of so many fields. */
function packHead(time: EventTime, fieldCount: number): BytePiece {
  packer.clear();
  packer.arrayHeader(2);
  packer.time(time);
  packer.mapHeader(fieldCount);
  return bytePiece(packer.take());
}

function presentFields(fields: FieldLayout['fields'], bounds: Uint32Array, first: number): number {
  let count = 0;
  for (const { column } of fields) {
    if (column < 0 || bounds[first + 2 * column] !== absentField) count += 1;
  }
  return count;
}

function writeTextHead(writer: ByteWriter, length: number): void {
  if (length < 0x20) writer.byte(0xa0 | length);
  else if (length < 0x100) {
    writer.byte(0xd9);
    writer.byte(length);
  } else if (length < 0x1_0000) {
    writer.byte(0xda);
    writer.byte(length >>> 8);
    writer.byte(length);
  } else {
    writer.byte(0xdb);
    writer.byte(length >>> 24);
    writer.byte(length >>> 16);
    writer.byte(length >>> 8);
    writer.byte(length);
  }
}

/** Digits as a number: it takes at most one byte more than they do. */
function writeInteger(writer: ByteWriter, bytes: Buffer, begin: number, end: number): void {
  let value = 0;
  for (let index = begin; index < end; index += 1)
    value = value * 10 + ((bytes[index] ?? 0) - 0x30);
  if (value < 0x80) writer.byte(value);
  else {
    packer.clear();
    packer.number(value);
    const packed = packer.take();
    writer.copy(byteSource(packed), 0, packed.length);
  }
}
