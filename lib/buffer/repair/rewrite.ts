import { dirname } from 'node:path';
import { type ChunkHead, encodeHead } from '../store/chunk_head.ts';
import { fileNameOf } from '../store/file_chunk.ts';
import type { FileSystem } from '../store/file_system.ts';
import { encodeFooter } from '../store/footer.ts';
import type { OriginList } from '../store/origin_list.ts';
import type { Stretch } from '../store/scan.ts';
import { removeIfThere } from '../store/small_file.ts';
import { Window } from '../store/window.ts';
import type { ChunkReport } from '../survey/examine.ts';

/** A chunk whose whole frames are known. */
export interface WholeFrames {
  readonly report: ChunkReport;
  /** The origins of those frames. */
  readonly origins: OriginList;
}

const windowBytes = 1024 * 1024;

/** The name under which a chunk file is written before it gets its own; a store deletes what it finds there. */
export function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

/**
 * Writes a sealed chunk file of the whole frames of another one, which must be open. It takes the place of `path`
 * at once when it would survive a power cut; its name does when the folder is synced. What was damaged in between
 * is not in it.
 */
export async function writeSealed(
  files: FileSystem,
  path: string,
  { report, origins }: WholeFrames,
  head: ChunkHead,
): Promise<void> {
  const temporary = temporaryOf(path);
  removeIfThere(files, temporary);
  const target = files.open(temporary, 'create', 0o600);
  try {
    try {
      files.copyAccess(report.opened.file, target);
      await writeChunk(files, target, { report, origins }, head);
      await files.sync(target);
    } finally {
      files.close(target);
    }
  } catch (error) {
    // There may be no room for both.
    removeIfThere(files, temporary);
    throw error;
  }
  files.rename(temporary, path);
}

/** Writes a chunk file of a folder anew, without what is damaged in it, and seals it. Resolves when that is safe. */
export async function rewriteInPlace(
  files: FileSystem,
  frames: WholeFrames,
  head: ChunkHead,
): Promise<void> {
  const { path, state } = frames.report.opened;
  await writeSealed(files, path, frames, head);
  await files.syncFolder(dirname(path));
  if (state === 'queued') return;
  // Not before: a power cut must not leave the old file beside the new one.
  renameToQueued(files, path, head.id);
  await files.syncFolder(dirname(path));
}

/** Gives a staged file the name of a queued one; the folder is to be synced. */
export function renameToQueued(files: FileSystem, path: string, id: string): void {
  files.rename(path, `${dirname(path)}/${fileNameOf(id, 'queued')}`);
}

async function writeChunk(
  files: FileSystem,
  target: number,
  { report, origins }: WholeFrames,
  head: ChunkHead,
): Promise<void> {
  const { frames, count, contentBytes, opened, runs } = report;
  const headBytes = encodeHead(head);
  files.write(target, [headBytes], 0);
  let length = headBytes.length;
  for (const run of runs) {
    await copyStretch(files, opened.file, run, target, length);
    length += run.end - run.start;
  }
  const { createdMs } = head;
  const footer = {
    frames,
    count,
    contentBytes,
    createdMs,
    head: headBytes,
    origins: origins.parts,
  };
  files.write(target, [encodeFooter(footer, opened.seed)], length);
}

async function copyStretch(
  files: FileSystem,
  source: number,
  { start, end }: Stretch,
  target: number,
  position: number,
): Promise<void> {
  const window = new Window(files, source, end, windowBytes);
  for (let done = start; done < end; ) {
    const at = await window.see(done, 1);
    const length = Math.min(window.inSight(done), end - done);
    if (length === 0) throw new Error('the file became shorter while it was copied');
    files.write(target, [window.bytes.subarray(at, at + length)], position + done - start);
    done += length;
  }
}
