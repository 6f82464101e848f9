import { crc32 } from 'node:zlib';
import type { ReadingFiles } from './file_system.ts';
import { decodeFrameHead, type FrameHead, frameHeadBytes, frameMagic } from './frame.ts';
import { decodeOrigin, type OriginPart } from './frame_origin.ts';
import { Window } from './window.ts';

/** A stretch of a file: from `start` up to, not including, `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What is to be scanned. */
export interface ScanRequest {
  readonly files: ReadingFiles;
  readonly file: number;
  /** Where frames begin, after the head. */
  readonly start: number;
  /** Where they end at the latest: at the footer or the end of the file. */
  readonly end: number;
  readonly seed: number;
  /** Whether contents are read and checked too, not just stepped over. */
  readonly checksContent: boolean;
  /** Called for each whole frame, in order. */
  readonly onOrigin: (origin: OriginPart, count: number) => void;
}

/** What a scan found. */
export interface ScanReport {
  /** Stretches of whole frames, in order. */
  readonly runs: readonly Stretch[];
  /** Stretches that are no frames, with whole frames after them. */
  readonly gaps: readonly Stretch[];
  /** Where the last whole frame ends; what follows up to `end` is no frame. */
  readonly tailStart: number;
  readonly frames: number;
  readonly count: number;
  readonly contentBytes: number;
}

const fullWindowBytes = 1024 * 1024;
const headWindowBytes = 64 * 1024;

/**
 * Finds the whole frames in a file. Where one is damaged it looks for the next valid head of a frame and goes on
 * there. Reads the file once, in bounded memory. Rejects only when the file cannot be read.
 */
export async function scanFrames(request: ScanRequest): Promise<ScanReport> {
  const { files, file, start, end } = request;
  const sizeBytes = request.checksContent ? fullWindowBytes : headWindowBytes;
  const window = new Window(files, file, end, sizeBytes);
  const runs: Stretch[] = [];
  const gaps: Stretch[] = [];
  let position = start;
  let runStart = start;
  let frames = 0;
  let count = 0;
  let contentBytes = 0;
  while (position < end) {
    const frame = await readFrame(request, window, position);
    if (frame !== undefined) {
      frames += 1;
      count += frame.head.count;
      contentBytes += frame.head.length;
      position += frameHeadBytes + frame.head.originLength + frame.head.length;
      if (frame.origin !== undefined) request.onOrigin(frame.origin, frame.head.count);
      continue;
    }
    if (position > runStart) runs.push({ start: runStart, end: position });
    const next = await findFrame(request, window, position + 1);
    if (next === undefined) {
      return { runs, gaps, tailStart: position, frames, count, contentBytes };
    }
    gaps.push({ start: position, end: next });
    position = next;
    runStart = next;
  }
  if (position > runStart) runs.push({ start: runStart, end: position });
  return { runs, gaps, tailStart: position, frames, count, contentBytes };
}

interface WholeFrame {
  readonly head: FrameHead;
  readonly origin: OriginPart | undefined;
}

async function readFrame(
  request: ScanRequest,
  window: Window,
  position: number,
): Promise<WholeFrame | undefined> {
  const { end, seed } = request;
  const at = await window.see(position, frameHeadBytes);
  if (window.inSight(position) < frameHeadBytes) return undefined;
  const head = decodeFrameHead(window.bytes, at, seed);
  if (head === undefined) return undefined;
  const originStart = position + frameHeadBytes;
  const contentStart = originStart + head.originLength;
  if (contentStart + head.length > end) return undefined;
  let origin: OriginPart | undefined;
  if (head.originLength > 0) {
    const originAt = await window.see(originStart, head.originLength);
    if (window.inSight(originStart) < head.originLength) return undefined;
    origin = decodeOrigin(window.bytes.subarray(originAt, originAt + head.originLength), seed);
    if (origin === undefined) return undefined;
  }
  if (request.checksContent) {
    const checksum = await checksumOf(window, contentStart, head.length, seed);
    if (checksum !== head.checksum) return undefined;
  }
  return { head, origin };
}

async function checksumOf(
  window: Window,
  start: number,
  length: number,
  seed: number,
): Promise<number> {
  let checksum = seed;
  let position = start;
  const end = start + length;
  while (position < end) {
    const at = await window.see(position, 1);
    const seen = Math.min(window.inSight(position), end - position);
    if (seen === 0) return -1;
    checksum = crc32(window.bytes.subarray(at, at + seen), checksum);
    position += seen;
  }
  return checksum;
}

/** Where the next valid head of a frame begins, at `from` or later. */
async function findFrame(
  { end, seed }: ScanRequest,
  window: Window,
  from: number,
): Promise<number | undefined> {
  let position = from;
  while (position + frameHeadBytes <= end) {
    const at = await window.see(position, frameHeadBytes);
    const seen = window.inSight(position);
    if (seen < frameHeadBytes) return undefined;
    const found = window.bytes.subarray(at, at + seen).indexOf(frameMagic);
    if (found < 0) {
      position += seen - frameMagic.length + 1;
      continue;
    }
    const candidate = position + found;
    if (candidate + frameHeadBytes > end) return undefined;
    const candidateAt = await window.see(candidate, frameHeadBytes);
    if (window.inSight(candidate) < frameHeadBytes) return undefined;
    if (decodeFrameHead(window.bytes, candidateAt, seed) !== undefined) return candidate;
    position = candidate + 1;
  }
  return undefined;
}
