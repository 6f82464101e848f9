import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MillraceError, systemCode, Unrecoverable } from '../error.ts';
import { makeFolder } from './folder.ts';

/** Permissions of what is made, subject to the umask. */
export interface Permissions {
  readonly file: number;
  readonly folder: number;
}

/** What tells a file from others as long as it exists: device and inode. */
export interface FileState {
  readonly identity: string;
  readonly size: number;
}

/**
 * Opens a file for writing and makes it, and the folders above it, where they are missing.
 * @throws Unrecoverable when there can be no such name; MR_OUTPUT when something else than a file is there
 */
export async function openToWrite(
  path: string,
  flags: 'a' | 'a+' | 'w',
  permissions: Permissions,
): Promise<FileHandle> {
  const handle = await openOrMake(path, flags, permissions);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new MillraceError('MR_OUTPUT', `${path} is not a regular file`);
}

/** Identity and size of an open file. */
export async function stateOf(handle: FileHandle): Promise<FileState> {
  return toState(await handle.stat({ bigint: true }));
}

/** Identity and size of the file with this name, or undefined. */
export async function stateAt(path: string): Promise<FileState | undefined> {
  try {
    return toState(await stat(path, { bigint: true }));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function toState({ dev, ino, size }: BigIntStats): FileState {
  return { identity: `${dev}:${ino}`, size: Number(size) };
}

async function openOrMake(
  path: string,
  flags: 'a' | 'a+' | 'w',
  permissions: Permissions,
): Promise<FileHandle> {
  try {
    return await open(path, flags, permissions.file);
  } catch (error) {
    if (systemCode(error) === 'ENAMETOOLONG')
      throw new Unrecoverable(`the path ${path.slice(0, 80)}... is too long`, {
        cause: error,
        refusesParts: true,
      });
    if (systemCode(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(path), permissions.folder);
    return open(path, flags, permissions.file);
  }
}
