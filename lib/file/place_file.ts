import { link, lstat, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCode } from '../error.ts';
import { type ChunkWrite, mostWritten, writeAll, writeFailure } from './chunk_write.ts';
import type { CommitJournal } from './commit_journal.ts';
import { syncFolder } from './folder.ts';
import { openToWrite, stateOf } from './open_file.ts';
import { withPath } from './shared_path.ts';
import { hiddenPath, isPlaced, removeIfThere } from './undo_write.ts';

/**
 * Writes a chunk to a file of its own, whole, durable, and once. The file appears under the first path of
 * `pathAt(0)`, `pathAt(1)`, ... (all in one folder) where nothing is, and only when it is whole. Gives the path;
 * undefined when the journal has the chunk as done.
 * @throws MR_IO, MR_OUTPUT, Unrecoverable, or what `bytes` throws; the same chunk can be tried again
 */
export async function placeChunk(
  write: ChunkWrite,
  pathAt: (index: number) => string,
  journal: CommitJournal | undefined,
): Promise<string | undefined> {
  const { chunk } = write;
  if (journal?.isDone(chunk) === true) return undefined;
  const first = resolve(pathAt(0));
  const hidden = hiddenPath(first, chunk);
  try {
    const path = (await placedBefore(chunk, journal)) ?? (await place());
    await removeIfThere(hidden);
    await syncFolder(dirname(path));
    await journal?.done(chunk);
    return path;
  } catch (cause) {
    throw writeFailure(first, cause);
  }

  async function place(): Promise<string> {
    const file = await writeHidden(write, hidden);
    return withPath(first, async (shared) => {
      for (; ; shared.nextIndex += 1) {
        const path = resolve(pathAt(shared.nextIndex));
        if (await isThere(path)) continue;
        const mostBytes = mostWritten(write);
        await journal?.begin({ chunk, way: 'place', path, file, offset: 0, mostBytes });
        if (await giveName(hidden, path)) return path;
      }
    });
  }
}

/** Writes the whole chunk under a name that nobody looks at; gives the file's identity. */
async function writeHidden(write: ChunkWrite, path: string): Promise<string> {
  // What an earlier attempt has left may have got its name already: it must not be written to.
  await removeIfThere(path);
  const handle = await openToWrite(path, 'w', write.permissions);
  try {
    await writeAll(write, handle, true);
    return (await stateOf(handle)).identity;
  } finally {
    await handle.close();
  }
}

/** An attempt may have placed the file and failed after that. */
async function placedBefore(
  chunk: string,
  journal: CommitJournal | undefined,
): Promise<string | undefined> {
  const intent = journal?.begun(chunk);
  return intent?.way === 'place' && (await isPlaced(intent)) ? intent.path : undefined;
}

/** Gives a file a name; false when something has it already. */
async function giveName(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    if (!cannotLink.has(systemCode(error) ?? '')) throw error;
    await rename(from, to);
    return true;
  }
}

/** Some file systems have no links; then only a writer outside of this process could have taken the name meanwhile. */
const cannotLink = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP']);

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
