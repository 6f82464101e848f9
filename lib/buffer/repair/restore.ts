import { join } from 'node:path';
import { scanEntries } from '../../codec/entry_codec.ts';
import type { ChunkHead } from '../store/chunk_head.ts';
import { parseChunkId } from '../store/chunk_id.ts';
import { fileNameOf } from '../store/file_chunk.ts';
import type { FileSystem } from '../store/file_system.ts';
import { readPieces } from '../store/pieces.ts';
import { wholeFileReasons } from '../store/quarantine.ts';
import { readSmallFile, removeIfThere } from '../store/small_file.ts';
import { missingParts } from '../survey/bisected.ts';
import type { ChunkReport } from '../survey/examine.ts';
import { keepStretches, lengthOf, type Mending, stretchesToKeep } from './mend_chunk.ts';
import type { Left, Mended } from './report.ts';
import { type WholeFrames, writeSealed } from './rewrite.ts';

/** What a whole file in quarantine is taken back with. */
export interface Restoring extends Mending {
  /** The buffer's folder. */
  readonly folder: string;
  /** Whether a chunk file with this id lies there. */
  readonly isThere: (id: string) => boolean;
  /** The tag of chunks that nothing tells the tag of. */
  readonly tag: string | undefined;
}

/**
 * Takes a chunk file whose head is damaged back into its buffer, sealed and with the head that its footer keeps a
 * copy of or one of `tag`. At any moment the chunk lies in one place only.
 */
export async function restoreChunk(
  restoring: Restoring,
  frames: WholeFrames,
): Promise<Mended | Left> {
  const { files, folder, isDryRun, quarantine } = restoring;
  const { report } = frames;
  const { opened } = report;
  const ownName = fileNameOf(opened.id, opened.state);
  const name = `quarantine/${ownName}`;
  const refusal = whyNot(restoring, report);
  if (refusal !== undefined) return { name, reason: refusal };
  const isMended = report.damages.length === 0;
  const lost = isMended ? [] : await stretchesToKeep(files, report);
  const { head, missing } = report.frames === 0 ? nothingMissing : await headFor(restoring, report);
  if (report.frames > 0 && head === undefined) {
    const reason = `its head is damaged and it has no footer: ${report.count} events come back with \`--tag TAG\``;
    return { name, reason };
  }
  if (!isDryRun) {
    await keepStretches(quarantine, { ...report, head }, lost);
    if (head === undefined) await files.remove(opened.path);
    else {
      // First mended where it lies, then moved: so that no moment sees it in both places.
      if (!isMended) await writeSealed(files, opened.path, frames, head);
      await files.syncFolder(quarantine.folder);
      files.rename(opened.path, join(folder, fileNameOf(opened.id, 'queued')));
      await files.syncFolder(folder);
    }
    await files.syncFolder(quarantine.folder);
    removeIfThere(files, reasonPath(opened.path));
  }
  return {
    name,
    chunkId: opened.id,
    remedy: head !== undefined ? 'restored' : lost.length > 0 ? 'put aside' : 'removed',
    damages: report.damages.map(({ reason }) => reason),
    count: report.count,
    keptBytes: lengthOf(lost),
    missing: [...missing, ...missingParts(files, report)],
  };
}

/** Where it is said why a file lies in quarantine. */
export function reasonPath(path: string): string {
  return `${path}.reason.json`;
}

const nothingMissing: { readonly head: undefined; readonly missing: readonly string[] } = {
  head: undefined,
  missing: [],
};

function whyNot(restoring: Restoring, { damages, opened }: ChunkReport): string | undefined {
  const said = reasonFor(restoring.files, opened.path);
  if (restoring.isThere(opened.id)) return 'the buffer holds a chunk with the same id';
  if (damages[0]?.kind === 'newer') return wholeFileReasons.newer;
  if (said === wholeFileReasons.duplicate) return 'another file held a chunk with the same id';
  if (said === wholeFileReasons.delivered) {
    return 'what is whole in it was delivered, and the damaged bytes are still in it';
  }
  const isBad = damages[0]?.kind === 'head' || damages[0]?.kind === 'empty';
  if (!isBad && said !== wholeFileReasons.head) {
    return 'it was put aside for another reason than its head';
  }
  return undefined;
}

function reasonFor(files: FileSystem, path: string): string | undefined {
  const bytes = readSmallFile(files, reasonPath(path));
  if (bytes === undefined) return undefined;
  try {
    const about: unknown = JSON.parse(bytes.toString());
    return typeof about === 'object' && about !== null && 'reason' in about
      ? String(about.reason)
      : undefined;
  } catch {
    return undefined;
  }
}

async function headFor(
  { files, tag }: Restoring,
  report: ChunkReport,
): Promise<{ readonly head: ChunkHead | undefined; readonly missing: readonly string[] }> {
  if (report.head !== undefined || tag === undefined) return { head: report.head, missing: [] };
  return {
    head: await headOfTag(files, report, tag),
    missing: ['the time slice and the values of other chunk keys than the tag'],
  };
}

/** The head of a chunk that only its id, its frames and a person tell of. */
export async function headOfTag(
  files: FileSystem,
  { opened, runs }: ChunkReport,
  tag: string,
): Promise<ChunkHead> {
  const { id, file, seed } = opened;
  let isFormatted = false;
  for await (const { bytes, count } of readPieces(files, file, runs, seed)) {
    isFormatted = !isPacked(bytes, count);
    break;
  }
  const key = { tag, timekey: undefined, variables: new Map() };
  return { id, createdMs: parseChunkId(id)?.epoch ?? 0, tag, key, isFormatted };
}

/** Entries are told from text by their bytes alone: each is a list of two. */
function isPacked(bytes: Uint8Array, count: number): boolean {
  try {
    return bytes[0] === 0x92 && scanEntries(bytes).count === count;
  } catch {
    return false;
  }
}
