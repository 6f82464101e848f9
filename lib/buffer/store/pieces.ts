import { gunzipSync } from 'node:zlib';
import type { BytePool } from '../../codec/byte_pool.ts';
import { MillraceError } from '../../error.ts';
import type { ReadingFiles } from './file_system.ts';
import { decodeFrameHead, type Frame, frameHeadBytes } from './frame.ts';
import type { Stretch } from './scan.ts';

/** Content of a chunk, whole entries. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** The bytes are one gzip member of it. */
  readonly isCompressed: boolean;
  /** To be called once the bytes are not needed any more, when they were lent. */
  readonly release?: (() => void) | undefined;
}

/** How a chunk is read. */
export interface PieceReading {
  /** Compressed frames are left compressed, and each is a piece. */
  readonly asStored?: boolean;
  /** Pieces are lent by this, those that can be; else each is memory of its own. */
  readonly pool?: BytePool | undefined;
  /** What is to be read was written so lately that it is in memory: then another thread costs more than the reading. */
  readonly isWarm?: boolean;
}

/** Pieces are about so long. */
export const pieceBytes: number = 1024 * 1024;

/**
 * The contents of the frames in `runs`, in order, in pieces of about a megabyte, or of one frame where that
 * is larger. Only heads are checked: who does not trust the file scans it before.
 * @throws MR_BUFFER when there is no frame where one must be
 */
export async function* readPieces(
  files: ReadingFiles,
  file: number,
  runs: readonly Stretch[],
  seed: number,
  { asStored = false, pool, isWarm = false }: PieceReading = {},
): AsyncGenerator<Piece, void, undefined> {
  for (const { start, end } of runs) {
    let position = start;
    let wanted = pieceBytes;
    while (position < end) {
      // What little follows is read along: a frame just above the limit would be read twice else.
      const length = end - position <= 2 * pieceBytes ? end - position : wanted;
      const memory = pool?.take(length) ?? Buffer.allocUnsafeSlow(length);
      const bytes = memory.subarray(0, length);
      if (isWarm) readNow(files, file, position, bytes);
      else await readFully(files, file, position, bytes);
      const group = gatherFrames(bytes, seed, asStored);
      if (group.neededBytes > 0) {
        pool?.give(memory);
        if (group.neededBytes > end - position) throw damaged(position);
        wanted = group.neededBytes;
        continue;
      }
      const [only] = group.pieces;
      if (pool === undefined || only === undefined || group.pieces.length > 1) yield* group.pieces;
      else yield { ...only, release: () => pool.give(memory) };
      position += group.consumedBytes;
      wanted = pieceBytes;
    }
  }
}

/** A frame without what only a file needs of it. */
export type FrameContent = Pick<Frame, 'content' | 'count' | 'isCompressed'>;

/** The contents of frames in memory, in pieces as `readPieces` makes them. */
export function* joinFrames(
  frames: readonly FrameContent[],
  asStored: boolean,
): Generator<Piece, void, undefined> {
  let group: Uint8Array[] = [];
  let bytes = 0;
  let count = 0;
  for (const frame of frames) {
    if (asStored && frame.isCompressed) {
      if (count > 0) yield plain(joined(group, bytes), count);
      yield { bytes: frame.content, count: frame.count, isCompressed: true };
      group = [];
      bytes = 0;
      count = 0;
      continue;
    }
    const content = frame.isCompressed ? gunzipSync(frame.content) : frame.content;
    if (bytes > 0 && bytes + content.length > pieceBytes) {
      yield plain(joined(group, bytes), count);
      group = [];
      bytes = 0;
      count = 0;
    }
    group.push(content);
    bytes += content.length;
    count += frame.count;
  }
  if (count > 0) yield plain(joined(group, bytes), count);
}

function plain(bytes: Uint8Array, count: number): Piece {
  return { bytes, count, isCompressed: false };
}

function joined(group: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = group;
  return group.length === 1 && only !== undefined ? only : Buffer.concat(group, bytes);
}

interface FrameGroup {
  readonly pieces: readonly Piece[];
  readonly consumedBytes: number;
  /** More than 0: not even one frame is whole; it takes so many bytes. */
  readonly neededBytes: number;
}

/** Moves the contents of all whole frames in `bytes` together, over the heads between them. */
function gatherFrames(bytes: Buffer, seed: number, asStored: boolean): FrameGroup {
  const pieces: Piece[] = [];
  let position = 0;
  let gatheredStart = 0;
  let gatheredEnd = 0;
  let gatheredCount = 0;
  while (position + frameHeadBytes <= bytes.length) {
    const head = decodeFrameHead(bytes, position, seed);
    if (head === undefined) throw damaged(position);
    const contentStart = position + frameHeadBytes + head.originLength;
    const contentEnd = contentStart + head.length;
    if (contentEnd > bytes.length) {
      if (position === 0) return { pieces, consumedBytes: 0, neededBytes: contentEnd };
      break;
    }
    if (head.isCompressed) {
      if (gatheredCount > 0) {
        pieces.push(plain(bytes.subarray(gatheredStart, gatheredEnd), gatheredCount));
      }
      const member = bytes.subarray(contentStart, contentEnd);
      pieces.push(
        asStored
          ? { bytes: member, count: head.count, isCompressed: true }
          : plain(gunzipSync(member), head.count),
      );
      gatheredCount = 0;
    } else if (gatheredCount === 0) {
      gatheredStart = contentStart;
      gatheredEnd = contentEnd;
      gatheredCount = head.count;
    } else {
      bytes.copyWithin(gatheredEnd, contentStart, contentEnd);
      gatheredEnd += head.length;
      gatheredCount += head.count;
    }
    position = contentEnd;
  }
  if (position === 0) throw damaged(position);
  if (gatheredCount > 0) {
    pieces.push(plain(bytes.subarray(gatheredStart, gatheredEnd), gatheredCount));
  }
  return { pieces, consumedBytes: position, neededBytes: 0 };
}

/** Fills `bytes` from `position` on. */
async function readFully(
  files: ReadingFiles,
  file: number,
  position: number,
  bytes: Buffer,
): Promise<void> {
  for (let read = 0; read < bytes.length; ) {
    const more = await files.read(file, bytes.subarray(read), position + read);
    if (more === 0) throw damaged(position + read);
    read += more;
  }
}

/** The same without a pause. */
function readNow(files: ReadingFiles, file: number, position: number, bytes: Buffer): void {
  for (let read = 0; read < bytes.length; ) {
    const more = files.readNow(file, bytes.subarray(read), position + read);
    if (more === 0) throw damaged(position + read);
    read += more;
  }
}

function damaged(position: number): MillraceError {
  return new MillraceError(
    'MR_BUFFER',
    `the chunk file holds no whole frame where one was written (near byte ${position})`,
  );
}
