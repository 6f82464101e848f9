import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../error.ts';
import type { Log } from '../log.ts';
import type { CommitJournal, Intent } from './commit_journal.ts';
import { stateAt, stateOf } from './open_file.ts';
import { withPath } from './shared_path.ts';

const mayBeTwice = 'so that a part of a chunk may be there twice';

/**
 * Settles what the end of the process interrupted: a file that was placed is done, one that was being appended to is
 * cut back to where the chunk began, since the chunk will come again. To be called when the journal has been opened,
 * before anything is written. A file that cannot be cut takes no further appends until it can.
 * @throws MR_IO when the journal cannot be written
 */
export async function recoverWrites(journal: CommitJournal, log: Log): Promise<void> {
  for (const intent of journal.unfinished()) {
    if (intent.way === 'append') await recoverAppend(intent, journal, log);
    else await recoverPlace(intent, journal);
  }
}

/**
 * Cuts a file back to where an append began, unless it is another file now or somebody else has appended to it.
 * `opened` is the file if it is still open: it may have got another name.
 */
export async function undoAppend(
  intent: Intent,
  journal: CommitJournal | undefined,
  log: Log,
  opened?: FileHandle,
): Promise<void> {
  if (opened !== undefined) await cutBack(opened, intent, log);
  else if ((await stateAt(intent.path))?.identity === intent.file) {
    const handle = await open(intent.path, 'r+');
    try {
      await cutBack(handle, intent, log);
    } finally {
      await handle.close();
    }
  }
  await journal?.undo(intent.chunk);
}

async function cutBack(handle: FileHandle, intent: Intent, log: Log): Promise<void> {
  const { chunk, path, file, offset, mostBytes } = intent;
  const { identity, size } = await stateOf(handle);
  if (size > offset + mostBytes) {
    log.warn(`others append to a file of ours, ${mayBeTwice}`, { path, chunk });
  } else if (identity === file && size > offset) {
    await handle.truncate(offset);
    await handle.datasync();
  }
}

/** Whether the file that was to be placed has its name: it gets it only when it is whole and on the disk. */
export async function isPlaced(intent: Intent): Promise<boolean> {
  return (await stateAt(intent.path))?.identity === intent.file;
}

/** The name of a file that will be placed at `path` when it holds the whole chunk: a second attempt takes the same. */
export function hiddenPath(path: string, chunk: string): string {
  return join(dirname(path), `.${chunk}.part`);
}

/** Removes a file; it may have been removed already. */
export async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
}

async function recoverAppend(intent: Intent, journal: CommitJournal, log: Log): Promise<void> {
  const { chunk, path, file, offset } = intent;
  await withPath(path, async (shared) => {
    if (shared.written?.identity === file && shared.written.size > offset) {
      log.warn(`another output has appended to the same file, ${mayBeTwice}`, { path, chunk });
      await journal.undo(chunk);
      return;
    }
    const earlier = shared.settle;
    shared.settle = async () => {
      await earlier?.();
      await undoAppend(intent, journal, log);
      shared.settle = undefined;
    };
    await shared.settle().catch((error) => {
      log.warn('an interrupted write cannot be undone yet; the file takes no more before it is', {
        path,
        error,
      });
    });
  });
}

async function recoverPlace(intent: Intent, journal: CommitJournal): Promise<void> {
  if (await isPlaced(intent)) await journal.done(intent.chunk);
  else await journal.undo(intent.chunk);
  await removeIfThere(hiddenPath(intent.path, intent.chunk));
}
