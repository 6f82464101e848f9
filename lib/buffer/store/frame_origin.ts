import { crc32 } from 'node:zlib';
import type { Origin } from '../../event/origin.ts';

/*
 * The origin in a frame, all numbers big endian:
 *
 *     [u8 length][source][f64 epoch][f64 begin][f64 end][f64 low][u16 part][u16 parts][u32 crc32(before)]
 *
 * The checksum is seeded as the frame's are. It stands here so that origins can be read without the content.
 */

/** An origin as one frame has it: a batch that went to several frames is complete when all parts are there. */
export interface OriginPart extends Origin {
  /** 0..parts-1 */
  readonly part: number;
  readonly parts: number;
}

const numberBytes = 4 * 8 + 2 + 2;
/** No batch of more parts carries its origin on. */
export const partsLimit = 0xffff;
/** No longer source is kept. */
export const sourceLimitBytes = 255;

/** The bytes of an origin. */
export function encodeOrigin(origin: OriginPart, seed: number): Buffer {
  const source = Buffer.from(origin.source);
  const bytes = Buffer.allocUnsafe(1 + source.length + numberBytes + 4);
  bytes[0] = source.length;
  bytes.set(source, 1);
  let at = 1 + source.length;
  for (const value of [origin.epoch, origin.begin, origin.end, origin.low]) {
    at = bytes.writeDoubleBE(value, at);
  }
  at = bytes.writeUInt16BE(origin.part, at);
  at = bytes.writeUInt16BE(origin.parts, at);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at), seed), at);
  return bytes;
}

/** The origin that these bytes are, or undefined when they are damaged. */
export function decodeOrigin(bytes: Buffer, seed: number): OriginPart | undefined {
  const sourceLength = bytes[0] ?? 0;
  const at = 1 + sourceLength;
  const end = at + numberBytes;
  if (bytes.length !== end + 4) return undefined;
  if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end), seed)) return undefined;
  return {
    source: bytes.toString('utf8', 1, at),
    epoch: bytes.readDoubleBE(at),
    begin: bytes.readDoubleBE(at + 8),
    end: bytes.readDoubleBE(at + 16),
    low: bytes.readDoubleBE(at + 24),
    part: bytes.readUInt16BE(at + 32),
    parts: bytes.readUInt16BE(at + 34),
  };
}
