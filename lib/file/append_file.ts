import type { FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { MillraceError } from '../error.ts';
import type { Log } from '../log.ts';
import { type ChunkWrite, mostWritten, writeAll, writeFailure } from './chunk_write.ts';
import type { CommitJournal, Intent } from './commit_journal.ts';
import { syncFolder } from './folder.ts';
import { openToWrite, stateOf } from './open_file.ts';
import { type SharedPath, withPath } from './shared_path.ts';
import { undoAppend } from './undo_write.ts';

/**
 * Appends a chunk to a file, whole, durable, and once: a chunk that the journal has as done is not written again,
 * and what a failed attempt has left is cut off. Resolves when the bytes are on the disk.
 * @throws MR_IO, MR_OUTPUT (also when the file begins otherwise than it must), Unrecoverable, or what `bytes` throws; then nothing of the chunk is there, or will be before the next append
 */
export async function appendChunk(
  write: ChunkWrite,
  to: string,
  journal: CommitJournal | undefined,
  log: Log,
): Promise<void> {
  const path = resolve(to);
  await withPath(path, async (shared) => {
    if (journal?.isDone(write.chunk) === true) return;
    await shared.settle?.();
    const flags = write.head === undefined ? 'a' : 'a+';
    const handle = await openToWrite(path, flags, write.permissions).catch((cause) => {
      throw writeFailure(path, cause);
    });
    try {
      const { identity, size } = await stateOf(handle);
      if (size === 0) await syncFolder(dirname(path));
      else await checkHead(write, handle, path);
      const intent: Intent = {
        chunk: write.chunk,
        way: 'append',
        path,
        file: identity,
        offset: size,
        mostBytes: mostWritten(write),
      };
      let { mostBytes } = intent;
      shared.settle = async (opened) => {
        await undoAppend({ ...intent, mostBytes }, journal, log, opened);
        shared.settle = undefined;
      };
      await journal?.begin(intent);
      await writeAll(write, handle, size === 0, async (writtenBytes) => {
        if (writtenBytes <= mostBytes) return;
        // Where the chunk does not know its size exactly, a kill must still not take what is its own for others'.
        mostBytes = writtenBytes * 2;
        await journal?.begin({ ...intent, mostBytes });
      });
      const written = await stateOf(handle);
      await journal?.done(write.chunk);
      shared.settle = undefined;
      shared.written = written;
    } catch (cause) {
      await settleNow(shared, handle, path, log);
      throw writeFailure(path, cause);
    } finally {
      await handle.close();
    }
  });
}

/** What is appended is of no use behind another head than its own. */
async function checkHead({ head }: ChunkWrite, handle: FileHandle, path: string): Promise<void> {
  if (head === undefined) return;
  const begin = Buffer.alloc(head.length);
  const { bytesRead } = await handle.read(begin, 0, head.length, 0);
  if (bytesRead === head.length && begin.equals(head)) return;
  throw new MillraceError('MR_OUTPUT', `${path} is a file of another format or schema`, {
    hint: 'move it away, or let the path change with the schema',
  });
}

async function settleNow(
  shared: SharedPath,
  handle: FileHandle,
  path: string,
  log: Log,
): Promise<void> {
  try {
    await shared.settle?.(handle);
  } catch (error) {
    log.warn('a failed write cannot be undone yet; nothing is appended to the file before it is', {
      path,
      error,
    });
  }
}
