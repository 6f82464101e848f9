import type { ReadingFiles } from '../store/file_system.ts';
import type { Damage } from './damage.ts';
import { type ChunkReport, examine } from './examine.ts';
import { type FolderSurvey, isQuarantine } from './folder.ts';
import { type OpenedChunk, openChunk } from './open_chunk.ts';

/** What a chunk file is, given that a process may be changing it. */
export interface Judgement {
  readonly report: ChunkReport;
  /** What is not as it was written. */
  readonly damages: readonly Damage[];
  /** The end of the chunk is being written now. */
  readonly isBeingWritten: boolean;
}

/** Whether a process may be writing to the chunks of a folder: to none that was put aside. */
export function isWrittenTo({ folder, holder }: FolderSurvey): boolean {
  return holder !== undefined && !isQuarantine(folder);
}

/**
 * Looks at a chunk file, and once more at one that seems damaged while a process uses its folder. Undefined: it is
 * gone meanwhile. Rejects only when the file cannot be read.
 */
export async function judgeChunk(
  files: ReadingFiles,
  folder: string,
  opened: OpenedChunk,
  isInUse: boolean,
): Promise<Judgement | undefined> {
  const report = await examine(files, opened);
  if (!isInUse || report.damages.length === 0) {
    return { report, damages: report.damages, isBeingWritten: false };
  }
  const again = openChunk(files, folder, opened);
  if (again === undefined) return undefined;
  try {
    const second = await examine(files, again);
    const damages = second.damages.filter((each) => !isUnfinished(second, each));
    return { report: second, damages, isBeingWritten: damages.length < second.damages.length };
  } finally {
    files.close(again.file);
  }
}

/** Whether it is what a write looks like that is not yet through: head and first frame, a frame, or a footer. */
export function isUnfinished({ frames, opened }: ChunkReport, { kind }: Damage): boolean {
  if (opened.state !== 'staged') return false;
  return (
    kind === 'tail' || kind === 'footer' || kind === 'empty' || (kind === 'head' && frames === 0)
  );
}
