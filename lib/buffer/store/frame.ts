import { crc32 } from 'node:zlib';
import { encodeOrigin, type OriginPart } from './frame_origin.ts';

/*
 * A chunk file is its head, then frames, each written at once, and at last, when it is sealed, a footer.
 * A frame, all numbers big endian:
 *
 *     [u32 'MRF1'][u32 length][u32 count][u32 crc32(content)]
 *     [u16 origin length][u16 flags][u32 crc32(the 20 bytes before)][origin][content]
 *
 * `length` is the content's, `count` its entries. Flag 1: the content is one gzip member. Both checksums are
 * seeded with the crc32 of the chunk id.
 */

/** Entries that are appended to a chunk together, and who waits for them. */
export interface Frame {
  /** Packed entries or what the output's `format` made; whole entries always. It must not be changed. */
  readonly content: Uint8Array;
  readonly count: number;
  readonly isCompressed: boolean;
  readonly origin: OriginPart | undefined;
  /** Called once, when the frame is as safe as the store's durability asks. */
  readonly onStored: () => void;
  /** Called at most once, when the store needs the content no more: it may be changed then. */
  readonly release?: (() => void) | undefined;
}

/** The fixed part of a frame. */
export interface FrameHead {
  readonly length: number;
  readonly count: number;
  readonly checksum: number;
  readonly originLength: number;
  readonly isCompressed: boolean;
}

/** The fixed part's length. */
export const frameHeadBytes = 24;
/** How every frame begins. */
export const frameMagic = Buffer.from('MRF1', 'latin1');
const magic = frameMagic.readUInt32BE(0);
const compressedFlag = 1;

/** A frame's fixed part and origin, which go before its content. */
export function encodeFrameHead(frame: Frame, seed: number): Buffer {
  const origin = frame.origin === undefined ? undefined : encodeOrigin(frame.origin, seed);
  const originLength = origin?.length ?? 0;
  const bytes = Buffer.allocUnsafe(frameHeadBytes + originLength);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(frame.content.length, 4);
  bytes.writeUInt32BE(frame.count, 8);
  bytes.writeUInt32BE(crc32(frame.content, seed), 12);
  bytes.writeUInt16BE(originLength, 16);
  bytes.writeUInt16BE(frame.isCompressed ? compressedFlag : 0, 18);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 20), seed), 20);
  if (origin !== undefined) bytes.set(origin, frameHeadBytes);
  return bytes;
}

/** The fixed part at `at`, where there must be room for one; undefined when it is none. */
export function decodeFrameHead(bytes: Buffer, at: number, seed: number): FrameHead | undefined {
  if (bytes.readUInt32BE(at) !== magic) return undefined;
  if (bytes.readUInt32BE(at + 20) !== crc32(bytes.subarray(at, at + 20), seed)) return undefined;
  return {
    length: bytes.readUInt32BE(at + 4),
    count: bytes.readUInt32BE(at + 8),
    checksum: bytes.readUInt32BE(at + 12),
    originLength: bytes.readUInt16BE(at + 16),
    isCompressed: (bytes.readUInt16BE(at + 18) & compressedFlag) !== 0,
  };
}
