import { crc32 } from 'node:zlib';
import { MsgpackReader } from '../../codec/msgpack_reader.ts';
import { MsgpackWriter } from '../../codec/msgpack_writer.ts';
import type { EventValue } from '../../event/entry.ts';

/*
 * A chunk file begins with its head, written together with the first frame:
 *
 *     [u32 'MRC1'][u16 version][u16 flags][u32 length][u32 crc32(the 12 bytes before, id, rest)][16 bytes id][rest]
 *
 * `length` counts id and rest; flag 1: the frames hold what the output's `format` made, else packed entries.
 * `rest` is MessagePack: [created in ms, tag, key's tag | nil, timekey | nil, [[variable, value]*]].
 */

/** Values of a buffer's chunk keys that the events of one chunk share. */
export interface KeyValues {
  readonly tag: string | undefined;
  /** Start of the time slice in seconds since the epoch. */
  readonly timekey: number | undefined;
  /** By the field as it was written in the configuration; null when the record had none. */
  readonly variables: ReadonlyMap<string, EventValue>;
}

/** What a chunk knows of itself before its first event. */
export interface ChunkHead {
  readonly id: string;
  readonly createdMs: number;
  /** The key's tag, or the tag of the first batch. */
  readonly tag: string;
  readonly key: KeyValues;
  readonly isFormatted: boolean;
}

/** What reading a head came to: `newer` is for a later Millrace, `bad` is damage. */
export type HeadReading =
  | { readonly state: 'good'; readonly head: ChunkHead; readonly length: number }
  | { readonly state: 'newer' | 'bad' };

const magic = 0x4d524331;
const version = 1;
const formattedFlag = 1;
const fixedBytes = 32;
/** Enough for the head of nearly every chunk. */
export const usualHeadBytes = 4096;
const longestRestBytes = 16 * 1024 * 1024;
const noVariables = new Map<string, EventValue>();
const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** The bytes of a head. */
export function encodeHead(head: ChunkHead): Buffer {
  writer.clear();
  writer.value([
    head.createdMs,
    head.tag,
    head.key.tag ?? null,
    head.key.timekey ?? null,
    [...head.key.variables],
  ]);
  const rest = writer.take();
  const bytes = Buffer.allocUnsafe(fixedBytes + rest.length);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt16BE(version, 4);
  bytes.writeUInt16BE(head.isFormatted ? formattedFlag : 0, 6);
  bytes.writeUInt32BE(16 + rest.length, 8);
  bytes.write(head.id, 16, 'hex');
  bytes.set(rest, fixedBytes);
  bytes.writeUInt32BE(checksum(bytes), 12);
  return bytes;
}

/** How many bytes a head takes whose first 12 bytes are these; undefined when they are no head's. */
export function headLength(start: Buffer): number | undefined {
  if (start.length < 12 || start.readUInt32BE(0) !== magic) return undefined;
  const length = start.readUInt32BE(8);
  return length < 16 || length > longestRestBytes ? undefined : 16 + length;
}

/** The id that the first 32 bytes of a head tell, unchecked; undefined when they are no head's. */
export function chunkIdIn(start: Buffer): string | undefined {
  return headLength(start) === undefined ? undefined : start.toString('hex', 16, fixedBytes);
}

/** Reads the head of the chunk `id` at the start of `bytes`. */
export function decodeHead(id: string, bytes: Buffer): HeadReading {
  const length = headLength(bytes);
  if (length === undefined || bytes.length < length) return { state: 'bad' };
  const own = bytes.subarray(0, length);
  // The first 32 bytes stay the same in all versions, so that damage is never taken for news.
  if (own.readUInt32BE(12) !== checksum(own)) return { state: 'bad' };
  if (own.readUInt16BE(4) > version) return { state: 'newer' };
  if (own.toString('hex', 16, fixedBytes) !== id) return { state: 'bad' };
  const head = decodeRest(id, own);
  return head === undefined ? { state: 'bad' } : { state: 'good', head, length };
}

function checksum(head: Buffer): number {
  return crc32(head.subarray(16), crc32(head.subarray(0, 12)));
}

function decodeRest(id: string, own: Buffer): ChunkHead | undefined {
  reader.open(own, fixedBytes);
  const rest = reader.value();
  if (!Array.isArray(rest)) return undefined;
  const [createdMs, tag, keyTag, timekey, pairs] = rest;
  if (typeof createdMs !== 'number' || typeof tag !== 'string' || !Array.isArray(pairs)) {
    return undefined;
  }
  const variables = pairs.length === 0 ? noVariables : new Map<string, EventValue>();
  for (const pair of pairs) {
    if (Array.isArray(pair) && typeof pair[0] === 'string') variables.set(pair[0], pair[1] ?? null);
  }
  const key = {
    tag: typeof keyTag === 'string' ? keyTag : undefined,
    timekey: typeof timekey === 'number' ? timekey : undefined,
    variables,
  };
  return { id, createdMs, tag, key, isFormatted: (own.readUInt16BE(6) & formattedFlag) !== 0 };
}
