import { type ChunkHead, decodeHead } from '../store/chunk_head.ts';
import { type PlacedFooter, readFooter, readHead } from '../store/file_ends.ts';
import type { ReadingFiles } from '../store/file_system.ts';
import { footerLength, footerMagic, footerTailBytes } from '../store/footer.ts';
import type { OriginPart } from '../store/frame_origin.ts';
import { isAllZero } from '../store/quarantine.ts';
import { type ScanReport, type Stretch, scanFrames } from '../store/scan.ts';
import type { Damage } from './damage.ts';
import type { OpenedChunk } from './open_chunk.ts';

/** What is in a chunk file, and what is wrong with it. */
export interface ChunkReport {
  readonly opened: OpenedChunk;
  /** From the head or, where that is damaged, from the footer's copy. */
  readonly head: ChunkHead | undefined;
  /** Where frames begin; 0 when the head cannot be read. */
  readonly headLength: number;
  readonly footer: PlacedFooter | undefined;
  /** Whole frames, and the events and bytes of content in them. */
  readonly frames: number;
  readonly count: number;
  readonly contentBytes: number;
  /** Stretches of whole frames, in order. */
  readonly runs: readonly Stretch[];
  /** In order of their places. */
  readonly damages: readonly Damage[];
  /** How many events are known to be missing; undefined when nothing tells. */
  readonly lostEvents: number | undefined;
}

/** How closely to look. */
export interface Examination {
  /** Whether contents are read and checked, not just stepped over. Default: true. */
  readonly checksContent?: boolean;
  /** Called for the origin of each whole frame, in order. */
  readonly onOrigin?: (origin: OriginPart, count: number) => void;
}

/** Looks at a whole chunk file, in bounded memory. Changes nothing. Rejects only when the file cannot be read. */
export async function examine(
  files: ReadingFiles,
  opened: OpenedChunk,
  { checksContent = true, onOrigin = () => {} }: Examination = {},
): Promise<ChunkReport> {
  const { file, id, seed, size } = opened;
  const reading = readHead(files, file, id, size);
  if (reading.state === 'newer') {
    const reason = 'a later version of Millrace wrote it';
    return nothingIn(opened, { kind: 'newer', start: 0, end: size, reason });
  }
  if (reading.state === 'bad' && (await isAllZero(files, file, { start: 0, end: size }))) {
    const reason = size === 0 ? 'the file is empty' : 'the file holds nothing but zeros';
    return nothingIn(opened, { kind: 'empty', start: 0, end: size, reason });
  }
  const footer = readFooter(files, file, seed, size);
  const headLength = reading.state === 'good' ? reading.length : 0;
  const end = footer?.start ?? size;
  const scan = await scanFrames({
    ...{ files, file, seed, end, checksContent, onOrigin },
    start: headLength,
  });
  const damages = [
    ...frameDamages(scan, headLength === 0, end),
    ...(await endDamages(files, opened, footer, scan.tailStart)),
    ...mismatches(files, opened, footer, headLength, scan),
  ];
  return {
    opened,
    head: reading.state === 'good' ? reading.head : headIn(footer, id),
    headLength,
    footer,
    frames: scan.frames,
    count: scan.count,
    contentBytes: scan.contentBytes,
    runs: scan.runs,
    damages,
    lostEvents: footer === undefined ? undefined : Math.max(0, footer.footer.count - scan.count),
  };
}

/** The head as the footer keeps it. */
export function headIn(placed: PlacedFooter | undefined, id: string): ChunkHead | undefined {
  if (placed === undefined) return undefined;
  const reading = decodeHead(id, Buffer.from(placed.footer.head));
  return reading.state === 'good' ? reading.head : undefined;
}

function nothingIn(opened: OpenedChunk, damage: Damage): ChunkReport {
  return {
    ...{ opened, head: undefined, headLength: 0, footer: undefined },
    ...{ frames: 0, count: 0, contentBytes: 0, runs: [], damages: [damage], lostEvents: undefined },
  };
}

function frameDamages(scan: ScanReport, isHeadBad: boolean, end: number): Damage[] {
  const damages = scan.gaps.map((gap): Damage => {
    return { ...gap, kind: 'gap', reason: 'no whole frame: a checksum or a length is wrong' };
  });
  if (!isHeadBad) return damages;
  const headEnd = scan.gaps[0]?.end ?? end;
  const reason = 'the head of the chunk file is damaged';
  return [{ kind: 'head', start: 0, end: headEnd, reason }, ...damages.slice(1)];
}

/** What follows the last whole frame, where that is neither nothing nor a footer. */
async function endDamages(
  files: ReadingFiles,
  { file, size, state }: OpenedChunk,
  footer: PlacedFooter | undefined,
  tailStart: number,
): Promise<Damage[]> {
  const end = footer?.start ?? size;
  const tail = { start: tailStart, end };
  // Without a head, and without any frame, all of it is told already.
  if (tailStart === 0) return [];
  if (footer !== undefined) {
    const reason = 'no whole frame: a checksum or a length is wrong';
    return tailStart < end ? [{ ...tail, kind: 'gap', reason }] : [];
  }
  const missing: Damage = {
    ...{ kind: 'no footer', start: size, end: size },
    reason: 'sealed and without a footer: whether frames are missing at its end cannot be told',
  };
  if (tailStart === end) return state === 'queued' ? [missing] : [];
  if (isFooter(files, file, tail)) {
    return [{ ...tail, kind: 'footer', reason: 'the footer is damaged or was not written whole' }];
  }
  const reason = (await isAllZero(files, file, tail))
    ? 'zeros, as a power cut leaves them'
    : 'the end of the file was not written whole';
  return [{ ...tail, kind: 'tail', reason }];
}

/** Whether an end begins as a footer does, or ends as one that is as long as it. */
function isFooter(files: ReadingFiles, file: number, { start, end }: Stretch): boolean {
  const begin = Buffer.alloc(footerMagic.length);
  files.readNow(file, begin, start);
  if (begin.equals(footerMagic)) return true;
  const last = Buffer.alloc(Math.min(footerTailBytes, end - start));
  files.readNow(file, last, end - last.length);
  return footerLength(last) === end - start;
}

function mismatches(
  files: ReadingFiles,
  { file, size }: OpenedChunk,
  placed: PlacedFooter | undefined,
  headLength: number,
  scan: ScanReport,
): Damage[] {
  if (placed === undefined) return [];
  const { footer, start } = placed;
  const place = { kind: 'mismatch', start, end: size } as const;
  const damages: Damage[] = [];
  if (headLength > 0) {
    const head = Buffer.alloc(headLength);
    files.readNow(file, head, 0);
    if (!head.equals(footer.head)) {
      damages.push({ ...place, reason: 'the head is not the one that the footer keeps a copy of' });
    }
  }
  const isWhole = scan.gaps.length === 0 && scan.tailStart === start;
  if (isWhole && (scan.frames !== footer.frames || scan.count !== footer.count)) {
    const reason = `the footer tells of ${footer.count} events in ${footer.frames} frames, and there are ${scan.count} in ${scan.frames}`;
    damages.push({ ...place, reason });
  }
  return damages;
}
