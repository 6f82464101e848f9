import { crc32 } from 'node:zlib';
import { MsgpackReader } from '../../codec/msgpack_reader.ts';
import { MsgpackWriter } from '../../codec/msgpack_writer.ts';
import type { ListedOrigin } from './origin_list.ts';

/*
 * A sealed chunk file ends with a footer, so that one read tells what is in it:
 *
 *     [u32 'MRE1'][u32 length][body][u32 crc32(before)][u32 length of the whole footer][u32 'MRE1']
 *
 * The checksum is seeded as the frames' are. The body is MessagePack:
 * [frames, events, content bytes, created in ms, copy of the head, origins | nil], the origins as
 * [source, epoch, begin, end, low, part, parts, events]; nil when there are too many to list.
 */

/** What a footer says of its chunk. */
export interface Footer {
  readonly frames: number;
  readonly count: number;
  readonly contentBytes: number;
  readonly createdMs: number;
  readonly head: Uint8Array;
  /** Undefined when the frames must be asked. */
  readonly origins: readonly ListedOrigin[] | undefined;
}

/** How every footer begins, and how it ends. */
export const footerMagic = Buffer.from('MRE1', 'latin1');
const magic = footerMagic.readUInt32BE(0);
const leadBytes = 8;
/** The last bytes of a sealed file: checksum, length, magic. */
export const footerTailBytes = 12;
const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** The bytes of a footer. */
export function encodeFooter(footer: Footer, seed: number): Buffer {
  writer.clear();
  writer.value([
    footer.frames,
    footer.count,
    footer.contentBytes,
    footer.createdMs,
    footer.head,
    footer.origins?.map(({ source, epoch, begin, end, low, part, parts, count }) => [
      ...[source, epoch, begin, end, low, part, parts, count],
    ]) ?? null,
  ]);
  const body = writer.take();
  const bytes = Buffer.allocUnsafe(leadBytes + body.length + footerTailBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(body.length, 4);
  bytes.set(body, leadBytes);
  const end = leadBytes + body.length;
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end), seed), end);
  bytes.writeUInt32BE(bytes.length, end + 4);
  bytes.writeUInt32BE(magic, end + 8);
  return bytes;
}

/** The length of the footer that ends with `tail`, the last bytes of a file; undefined when none does. */
export function footerLength(tail: Buffer): number | undefined {
  if (tail.length < footerTailBytes || tail.readUInt32BE(tail.length - 4) !== magic) {
    return undefined;
  }
  const length = tail.readUInt32BE(tail.length - 8);
  return length < leadBytes + footerTailBytes ? undefined : length;
}

/** The footer that these bytes are, or undefined when they are damaged. */
export function decodeFooter(bytes: Buffer, seed: number): Footer | undefined {
  const end = bytes.length - footerTailBytes;
  if (end < leadBytes || bytes.readUInt32BE(0) !== magic) return undefined;
  if (bytes.readUInt32BE(4) !== end - leadBytes) return undefined;
  if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end), seed)) return undefined;
  reader.open(bytes, leadBytes, end);
  const body = reader.value();
  if (!Array.isArray(body)) return undefined;
  const [frames, count, contentBytes, createdMs, head, origins] = body;
  if (!isNumber(frames) || !isNumber(count) || !isNumber(contentBytes) || !isNumber(createdMs)) {
    return undefined;
  }
  if (!(head instanceof Uint8Array)) return undefined;
  return { frames, count, contentBytes, createdMs, head, origins: readOrigins(origins) };
}

function readOrigins(value: unknown): ListedOrigin[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const origins: ListedOrigin[] = [];
  for (const each of value) {
    if (!Array.isArray(each)) return undefined;
    // The count is not in footers that were written first.
    const [source, epoch, begin, end, low, part, parts, count = 0] = each;
    if (typeof source !== 'string' || !isNumber(epoch) || !isNumber(begin)) return undefined;
    if (!isNumber(end) || !isNumber(low) || !isNumber(part) || !isNumber(parts)) return undefined;
    if (!isNumber(count)) return undefined;
    origins.push({ source, epoch, begin, end, low, part, parts, count });
  }
  return origins;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
