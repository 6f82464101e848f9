import { dirname, join } from 'node:path';
import { MillraceError, toError } from '../../error.ts';
import { outcomeFolder, outcomePath } from '../outcome_file.ts';
import { examineFrames } from '../repair/mend_chunk.ts';
import type { Left } from '../repair/report.ts';
import { type WholeFrames, writeSealed } from '../repair/rewrite.ts';
import { fileNameOf, parseFileName } from '../store/file_chunk.ts';
import type { FileSystem } from '../store/file_system.ts';
import { beginEpoch } from '../store/identity.ts';
import { lockFolder } from '../store/lock.ts';
import { holdSame } from '../store/same.ts';
import { readSmallFile, removeIfThere, replaceFile } from '../store/small_file.ts';
import { listFolder, makeDurableFolder } from '../store/store_folder.ts';
import { type NamedChunk, surveyFolder } from '../survey/folder.ts';
import { openChunk } from '../survey/open_chunk.ts';
import { rememberOrigins } from './remember.ts';

/** What chunks are moved with. */
export interface MoveSetup {
  readonly files: FileSystem;
  readonly from: string;
  /** Made if need be; it may lie on another disk. */
  readonly to: string;
  /** Ids of the chunks; all when there are none. */
  readonly ids: readonly string[];
  readonly nowMs: number;
  readonly random: () => number;
  readonly onStart?: (count: number) => void;
  readonly onFile?: () => void;
}

/** A chunk that lies in the other folder now, and no more in the first. */
export interface Moved {
  readonly chunkId: string;
  readonly tag: string;
  readonly count: number;
}

/** What a move did. */
export interface MoveReport {
  readonly moved: readonly Moved[];
  readonly left: readonly Left[];
}

/**
 * Moves chunks to another buffer folder, sealed and with their ids; a damaged one stays. The first folder remembers
 * what they held, so that what is offered to it again is not stored again; the other learns that from the chunks. May
 * be killed at any moment and run again.
 * @throws MR_BUFFER when a process uses one of the folders, or one cannot be written
 */
export async function moveChunks(setup: MoveSetup): Promise<MoveReport> {
  const { files, from, to } = setup;
  files.list(from);
  const lock = lockFolder(files, from);
  try {
    await makeDurableFolder(files, to, 0o755, from);
    const other = lockFolder(files, to);
    try {
      return await moveLocked(setup);
    } finally {
      other.release();
    }
  } finally {
    lock.release();
  }
}

async function moveLocked(setup: MoveSetup): Promise<MoveReport> {
  const { files, from, ids, onFile, onStart } = setup;
  listFolder(files, from);
  const { chosen, left } = choose(surveyFolder(files, from).chunks, ids);
  onStart?.(chosen.length);
  const moved: Moved[] = [];
  if (chosen.length === 0) return { moved, left };
  const theirs = await settleIn(setup);
  // Before any is gone. Of one that stays after all it is true too.
  await rememberOrigins(files, from, chosen);
  for (const chunk of chosen) {
    try {
      const outcome = await moveOne(setup, chunk, theirs.get(chunk.id));
      if ('reason' in outcome) left.push(outcome);
      else moved.push(outcome);
    } catch (thrown) {
      const reason = `it cannot be moved now: ${toError(thrown).message}`;
      left.push({ name: fileNameOf(chunk.id, chunk.state), reason });
    }
    onFile?.();
  }
  await files.syncFolder(from);
  return { moved, left };
}

function choose(
  chunks: readonly NamedChunk[],
  ids: readonly string[],
): { readonly chosen: readonly NamedChunk[]; readonly left: Left[] } {
  const left: Left[] = [];
  const counts = new Map<string, number>();
  for (const { id } of chunks) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const id of ids)
    if (!counts.has(id)) left.push({ name: id, reason: 'there is no such chunk' });
  const wanted = chunks.filter(({ id }) => ids.length === 0 || ids.includes(id));
  for (const { id, state } of wanted) {
    if (counts.get(id) === 1) continue;
    left.push({
      name: fileNameOf(id, state),
      reason: 'another file holds a chunk with the same id',
    });
  }
  return { chosen: wanted.filter(({ id }) => counts.get(id) === 1), left };
}

/** Makes the other folder a store, and gives the names of its chunk files by their ids. */
async function settleIn(setup: MoveSetup): Promise<ReadonlyMap<string, string>> {
  const { files, from, to, ids, nowMs, random } = setup;
  const names = listFolder(files, to);
  const chunks = new Map<string, string>();
  for (const name of names) {
    const named = parseFileName(name);
    if (named !== undefined) chunks.set(named.id, name);
  }
  // Else it would take the id of the first store for its own from the chunks, and the ids of both could meet.
  if (!names.includes('store')) {
    // A buffer that moves house takes its memory along. To one with a memory of its own it would be false: what
    // was delivered by the first never was by the other.
    const known = readSmallFile(files, join(from, 'origins'));
    const isWholeBuffer = ids.length === 0 && chunks.size === 0;
    if (isWholeBuffer && known !== undefined) {
      const like = join(from, 'origins');
      await replaceFile(files, join(to, 'origins'), known, undefined, like);
    }
    await beginEpoch(files, to, [...chunks.keys()], nowMs, random);
  }
  return chunks;
}

async function moveOne(
  { files, from, to }: MoveSetup,
  chunk: NamedChunk,
  theirName: string | undefined,
): Promise<Moved | Left> {
  const name = fileNameOf(chunk.id, chunk.state);
  const opened = openChunk(files, from, chunk);
  if (opened === undefined) return { name, reason: 'it is gone' };
  try {
    const frames = await examineFrames(files, opened);
    const { damages, count, head } = frames.report;
    const [damage] = damages.filter(({ kind }) => kind !== 'no footer');
    if (damage !== undefined || head === undefined) {
      return {
        name,
        reason: `${damage?.reason ?? 'no head'}: \`millrace buffer repair\` mends it`,
      };
    }
    const path = join(to, fileNameOf(chunk.id, 'queued'));
    if (theirName !== undefined) await assertSame(files, to, theirName, frames);
    await takeOutcomes(files, from, to, chunk.id);
    if (theirName === undefined) await writeSealed(files, path, frames, head);
    await files.syncFolder(to);
    await files.remove(opened.path);
    await forgetOutcomes(files, from, chunk.id);
    return { chunkId: chunk.id, tag: head.tag, count };
  } finally {
    files.close(opened.file);
  }
}

/**
 * What has come of the parts of a chunk goes before it, so that no part is delivered again. Where a move was killed,
 * and the other folder was used meanwhile, it may know more by now.
 */
async function takeOutcomes(
  files: FileSystem,
  from: string,
  to: string,
  id: string,
): Promise<void> {
  const outcomes = readSmallFile(files, outcomePath(from, id));
  const path = outcomePath(to, id);
  if (outcomes === undefined) return;
  if ((readSmallFile(files, path)?.length ?? 0) > outcomes.length) return;
  await makeDurableFolder(files, outcomeFolder(to), 0o755, to);
  await replaceFile(files, path, outcomes, undefined, outcomePath(from, id));
}

/** First the chunk's being gone must survive a power cut: it must not come back whole. */
async function forgetOutcomes(files: FileSystem, from: string, id: string): Promise<void> {
  const path = outcomePath(from, id);
  if (readSmallFile(files, path) === undefined) return;
  await files.syncFolder(from);
  removeIfThere(files, path);
}

/** A move that was killed may have left the chunk in both folders. Another chunk is not overwritten. */
async function assertSame(
  files: FileSystem,
  to: string,
  theirName: string,
  { report }: WholeFrames,
): Promise<void> {
  const named = parseFileName(theirName);
  const theirs = named === undefined ? undefined : openChunk(files, to, named);
  if (theirs === undefined) throw new MillraceError('MR_BUFFER', `\`${theirName}\` is gone`);
  try {
    const { report: other } = await examineFrames(files, theirs);
    const isSame =
      theirs.state === 'queued' &&
      other.damages.length === 0 &&
      (await holdSame(files, theirs.file, other.runs, report.opened.file, report.runs));
    if (isSame) return;
    throw new MillraceError(
      'MR_BUFFER',
      `another chunk with this id lies in \`${dirname(theirs.path)}\``,
    );
  } finally {
    files.close(theirs.file);
  }
}
