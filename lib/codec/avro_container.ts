import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import avsc from 'avsc';
import { MillraceError, toError, Unrecoverable } from '../error.ts';
import type { EventRecord } from '../event/entry.ts';
import { AvroReader } from './avro_reader.ts';
import { type AvroSchema, compileAvro } from './avro_schema.ts';
import { parseJson } from './json.ts';

/*
 * Avro's object container files (specification 1.11, "Object Container Files"):
 *
 *     head:   'Obj' 0x01 | map of bytes: avro.schema, avro.codec | sync marker, 16 bytes
 *     blocks: long: how many records | long: length | records, compressed by the codec | sync marker
 */

/** How the blocks of a container are compressed. */
export type AvroCodec = 'null' | 'deflate';

/** What every container begins with. */
export const containerMagic = Buffer.from('Obj\x01');
/** Length of the marker behind the head and each block. */
export const syncBytes = 16;
/** Records are gathered into blocks of this size, as other writers do. */
const blockBytes = 64 * 1024;
/** Nothing bigger is taken or inflated: no writer makes blocks that are even near it. */
export const largestBlockBytes = 256 * 1024 * 1024;

const headType = avsc.Type.forSchema({
  type: 'record',
  name: 'Head',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: containerMagic.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: syncBytes } },
  ],
});

/**
 * The marker between the blocks of a schema's containers. It is always the same, so that files can be appended to by
 * whoever has the schema. Its first byte is none of UTF-8's: no text in an event can forge it.
 */
export function syncMarker({ text }: AvroSchema): Buffer {
  const marker = createHash('sha256').update(text).digest().subarray(0, syncBytes);
  marker[0] = 0xff;
  return marker;
}

/** What a container of a schema begins with. */
export function containerHead(schema: AvroSchema, codec: AvroCodec): Buffer {
  const meta = { 'avro.codec': Buffer.from(codec), 'avro.schema': Buffer.from(schema.text) };
  return headType.toBuffer({ magic: containerMagic, meta, sync: syncMarker(schema) });
}

/** One record that is encoded as a block of its own, not compressed: what `mergeBlocks` takes. */
export function singleBlock(record: Buffer, sync: Buffer): Buffer {
  return encodeBlock(1, record, sync);
}

/**
 * Merges blocks that are not compressed into larger ones that are as the codec has it. Pieces end between blocks.
 * What comes out is at most a thousandth and a kilobyte more than what came in.
 * @throws Unrecoverable when they are no blocks with this marker: they were written by another schema
 */
export async function* mergeBlocks(
  pieces: AsyncIterable<Uint8Array>,
  sync: Buffer,
  codec: AvroCodec,
): AsyncGenerator<Uint8Array, void, undefined> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  let count = 0;
  for await (const piece of pieces) {
    const reader = new AvroReader(piece);
    while (!reader.isAtEnd) {
      const block = readOwnBlock(reader, sync);
      gathered.push(block.content);
      bytes += block.content.length;
      count += block.count;
      if (bytes < blockBytes) continue;
      yield encodeBlock(count, await compress(Buffer.concat(gathered), codec), sync);
      gathered = [];
      bytes = 0;
      count = 0;
    }
  }
  if (count > 0) yield encodeBlock(count, await compress(Buffer.concat(gathered), codec), sync);
}

/** Whether bytes begin as a container does. */
export function isContainer(bytes: Uint8Array): boolean {
  return containerMagic.every((byte, index) => bytes[index] === byte);
}

/**
 * The records of a whole container, read by the schema in its head.
 * @throws MR_CODEC when it is damaged or cut off, or compressed by a codec other than null and deflate
 */
export function readContainer(bytes: Uint8Array): EventRecord[] {
  const reader = new AvroReader(bytes);
  reader.take(containerMagic.length);
  const meta = reader.map({ kind: 'bytes' });
  const sync = reader.take(syncBytes);
  const { record } = compileAvro(parseJson(metaText(meta, 'avro.schema') ?? 'null'));
  const codec = metaText(meta, 'avro.codec') ?? 'null';
  if (codec !== 'null' && codec !== 'deflate') {
    throw new MillraceError('MR_CODEC', `the codec \`${codec}\` of an Avro container is unknown`);
  }
  const records: EventRecord[] = [];
  while (!reader.isAtEnd) {
    const { count, content } = readBlock(reader, sync);
    const block = new AvroReader(codec === 'null' ? content : inflate(content));
    for (let index = 0; index < count; index += 1) {
      records.push(block.record(record));
      // Records of no bytes: nothing else would bound their number.
      if (block.isAtEnd && index + 1 < count && block.offset === 0) throw damaged('empty records');
    }
    if (!block.isAtEnd) throw damaged('a block holds more than its records');
  }
  return records;
}

interface Block {
  readonly count: number;
  readonly content: Buffer;
}

function readBlock(reader: AvroReader, sync: Buffer): Block {
  const count = reader.size();
  const content = reader.take(reader.size());
  if (!reader.take(syncBytes).equals(sync)) throw damaged('a block does not end with the marker');
  return { count, content };
}

function readOwnBlock(reader: AvroReader, sync: Buffer): Block {
  try {
    return readBlock(reader, sync);
  } catch (cause) {
    throw new Unrecoverable('the chunk holds events written by another Avro schema or format', {
      cause,
    });
  }
}

function encodeBlock(count: number, content: Buffer, sync: Buffer): Buffer {
  const head: number[] = [];
  pushSize(head, count);
  pushSize(head, content.length);
  const block = Buffer.allocUnsafe(head.length + content.length + sync.length);
  block.set(head);
  block.set(content, head.length);
  block.set(sync, head.length + content.length);
  return block;
}

/** A count or length as Avro's `long`. */
function pushSize(bytes: number[], size: number): void {
  let rest = size * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
}

const deflateInThread = promisify<zlib.InputType, Buffer>(zlib.deflateRaw);

async function compress(content: Buffer, codec: AvroCodec): Promise<Buffer> {
  return codec === 'null' ? content : deflateInThread(content);
}

function inflate(content: Buffer): Buffer {
  try {
    return zlib.inflateRawSync(content, { maxOutputLength: largestBlockBytes });
  } catch (cause) {
    throw damaged(toError(cause).message, cause);
  }
}

function metaText(meta: EventRecord, key: string): string | undefined {
  const value = meta[key];
  return value instanceof Uint8Array ? Buffer.from(value).toString() : undefined;
}

/** The error for a container that is not what it should be. */
export function damaged(why: string, cause?: unknown): MillraceError {
  return new MillraceError('MR_CODEC', `a damaged Avro container: ${why}`, { cause });
}
