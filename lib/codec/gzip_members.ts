import { constants, crc32, type InflateRaw, inflateRawSync } from 'node:zlib';
import { MillraceError, toError } from '../error.ts';

/*
 * A gzip member (RFC 1952):
 *
 *     [1f 8b 08][u8 flags][6 bytes][what the flags say][deflated contents][u32le crc32(contents)][u32le length mod 2^32]
 *
 * Flag 4: [u16le length][extra]; 8: a name up to a zero; 16: a comment up to a zero; 2: [u16 checksum of the header].
 */

/** What one gzip member holds. */
export interface GzipMember {
  readonly contents: Buffer;
  /** False when the bytes end within the member: its contents are as far as they go, and no checksum vouches for them. */
  readonly isWhole: boolean;
}

const fixedBytes = 10;
const trailerBytes = 8;
const flags = { headerChecksum: 2, extra: 4, name: 8, comment: 16 };
/** More than any sender puts in one member. */
const contentsLimitBytes = 1024 * 1024 * 1024;

/**
 * The members that follow one another in `bytes`: each is checked before it is given out, so that what comes before
 * damage is right.
 * @throws MR_CODEC at a member that is damaged, and at what is none
 */
export function* gzipMembers(bytes: Buffer): Generator<GzipMember, void, undefined> {
  for (let position = 0; position < bytes.length; ) {
    const start = contentsStart(bytes, position);
    if (start === undefined) {
      yield { contents: Buffer.alloc(0), isWhole: false };
      return;
    }
    const { contents, consumedBytes } = inflateAt(bytes, start);
    const end = start + consumedBytes;
    const isWhole = end + trailerBytes <= bytes.length;
    if (isWhole && bytes.readUInt32LE(end) !== crc32(contents)) {
      throw damaged(position, 'its checksum is wrong');
    }
    yield { contents, isWhole };
    position = end + trailerBytes;
  }
}

/** Where the contents of the member at `position` begin; undefined when the bytes end before. */
function contentsStart(bytes: Buffer, position: number): number | undefined {
  const isStart = [0x1f, 0x8b, 0x08].every(
    (byte, index) => (bytes[position + index] ?? byte) === byte,
  );
  if (!isStart) throw damaged(position, 'something else is there');
  const flag = bytes[position + 3] ?? 0;
  let at = position + fixedBytes;
  if (flag & flags.extra) at += 2 + (at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0);
  for (const text of [flags.name, flags.comment]) {
    if ((flag & text) === 0) continue;
    const zero = bytes.indexOf(0, at);
    if (zero < 0) return undefined;
    at = zero + 1;
  }
  if (flag & flags.headerChecksum) at += 2;
  return at < bytes.length ? at : undefined;
}

function inflateAt(bytes: Buffer, start: number) {
  try {
    const inflated = inflateRawSync(bytes.subarray(start), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: contentsLimitBytes,
      info: true,
    });
    // With `info`, the result is an object that the type declarations do not know.
    const { buffer, engine } = inflated as unknown as { buffer: Buffer; engine: InflateRaw };
    return { contents: buffer, consumedBytes: engine.bytesWritten };
  } catch (thrown) {
    throw damaged(start, toError(thrown).message);
  }
}

function damaged(position: number, why: string): MillraceError {
  return new MillraceError('MR_CODEC', `there is no sound gzip member at byte ${position}: ${why}`);
}
