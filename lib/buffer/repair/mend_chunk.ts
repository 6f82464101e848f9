import { dirname } from 'node:path';
import { fileNameOf } from '../store/file_chunk.ts';
import type { FileSystem } from '../store/file_system.ts';
import { OriginList } from '../store/origin_list.ts';
import { isAllZero, type Quarantine } from '../store/quarantine.ts';
import type { Stretch } from '../store/scan.ts';
import { missingParts } from '../survey/bisected.ts';
import type { Damage } from '../survey/damage.ts';
import { type ChunkReport, examine } from '../survey/examine.ts';
import type { OpenedChunk } from '../survey/open_chunk.ts';
import type { Mended, Remedy } from './report.ts';
import { renameToQueued, rewriteInPlace, type WholeFrames } from './rewrite.ts';

/** What chunks are mended with. */
export interface Mending {
  readonly files: FileSystem;
  readonly quarantine: Quarantine;
  /** Nothing is changed, only told. */
  readonly isDryRun: boolean;
}

/** Looks at all frames of an open chunk file, and gathers their origins. */
export async function examineFrames(files: FileSystem, opened: OpenedChunk): Promise<WholeFrames> {
  const origins = new OriginList();
  const report = await examine(files, opened, {
    onOrigin: (origin, count) => origins.add(origin, count),
  });
  return { report, origins };
}

/**
 * Mends a chunk file, unless its head is damaged: a torn end is cut off, other damage is put aside and the file
 * written anew. Undefined when there is nothing to mend.
 */
export async function mendChunk(
  { files, quarantine, isDryRun }: Mending,
  frames: WholeFrames,
): Promise<Mended | undefined> {
  const { report } = frames;
  const { opened } = report;
  const remedy = remedyFor(report);
  if (remedy === undefined) return undefined;
  const lost = await stretchesToKeep(files, report);
  if (!isDryRun) {
    await keepStretches(quarantine, report, lost);
    await apply(files, remedy, frames);
  }
  return {
    name: fileNameOf(opened.id, opened.state),
    chunkId: opened.id,
    remedy: remedy === 'removed' && lost.length > 0 ? 'put aside' : remedy,
    damages: report.damages.map(({ reason }) => reason),
    count: report.count,
    keptBytes: lengthOf(lost),
    missing: missingParts(files, report),
  };
}

/** What of a damaged file is put aside: all that is in no frame, but zeros; the whole file where no frame is left. */
export async function stretchesToKeep(
  files: FileSystem,
  report: ChunkReport,
): Promise<readonly Stretch[]> {
  const { damages, frames, opened } = report;
  const kept: Stretch[] = [];
  for (const damage of damages) {
    const isNothing = damage.start === damage.end || (await isAllZero(files, opened.file, damage));
    if (!isNothing) kept.push(damage);
  }
  // What nobody can use without its head is kept with it.
  return frames === 0 && kept.length > 0 ? [{ start: 0, end: opened.size }] : kept;
}

/** Copies stretches of a damaged file to quarantine. */
export async function keepStretches(
  quarantine: Quarantine,
  { damages, head, opened }: ChunkReport,
  stretches: readonly Stretch[],
): Promise<void> {
  for (const stretch of stretches) {
    const reason = damages.find(({ start }) => start === stretch.start) ?? damages[0];
    await quarantine.keepStretch(opened.file, stretch, {
      chunkId: opened.id,
      tag: head?.tag,
      reason: reason?.reason ?? 'no whole frame is in the chunk file',
    });
  }
}

/** How many bytes stretches take together. */
export function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { start, end }) => sum + end - start, 0);
}

function remedyFor({ damages, footer, frames, opened }: ChunkReport): Remedy | undefined {
  const isStaged = opened.state === 'staged';
  if (frames === 0) return 'removed';
  if (damages.length === 0) return isStaged && footer !== undefined ? 'sealed' : undefined;
  const [first, ...others] = damages;
  const isTorn = isStaged && others.length === 0 && isEnd(first);
  return isTorn ? 'cut' : 'rewritten';
}

function isEnd(damage: Damage | undefined): boolean {
  return damage?.kind === 'tail' || damage?.kind === 'footer';
}

async function apply(files: FileSystem, remedy: Remedy, frames: WholeFrames): Promise<void> {
  const { damages, head, opened } = frames.report;
  const { id, path } = opened;
  if (remedy === 'rewritten' && head !== undefined) {
    await rewriteInPlace(files, frames, head);
    return;
  }
  if (remedy === 'removed') await files.remove(path);
  else {
    const file = files.open(path, 'update');
    try {
      const [tail] = damages;
      if (remedy === 'cut' && tail !== undefined) files.truncate(file, tail.start);
      await files.sync(file);
    } finally {
      files.close(file);
    }
  }
  if (remedy === 'sealed') renameToQueued(files, path, id);
  await files.syncFolder(dirname(path));
}
