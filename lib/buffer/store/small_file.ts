import { dirname } from 'node:path';
import { isDiskFull, systemCode } from '../../error.ts';
import type { FileSystem, ReadingFiles } from './file_system.ts';

/** The whole of a file that is known to be small, or undefined when there is none. */
export function readSmallFile(files: ReadingFiles, path: string): Buffer | undefined {
  let file: number;
  try {
    file = files.open(path, 'read');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(files.sizeOf(file));
    let length = 0;
    while (length < bytes.length) {
      const read = files.readNow(file, bytes.subarray(length), length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    files.close(file);
  }
}

/**
 * Puts a file in the place of one with that name: whoever reads it finds the old or the new content, whole.
 * Resolves when that would survive a power cut. It gets permissions and owner of the file `like`, if that is there.
 */
export async function replaceFile(
  files: FileSystem,
  path: string,
  content: Uint8Array,
  permission?: number,
  like?: string,
): Promise<void> {
  const temporary = `${path}.tmp`;
  removeIfThere(files, temporary);
  const file = files.open(temporary, 'create', permission);
  try {
    if (like !== undefined) copyAccessOf(files, like, file);
    files.write(file, [content], 0);
    await files.sync(file);
  } finally {
    files.close(file);
  }
  files.rename(temporary, path);
  await files.syncFolder(dirname(path));
}

/**
 * The same for a file whose content is not needed to be whole: on a full disk it is written over in place, which takes
 * no room when there is as much already. So a store that has filled the disk opens, and can give room back.
 */
export async function rewriteFile(
  files: FileSystem,
  path: string,
  content: Uint8Array,
): Promise<void> {
  try {
    await replaceFile(files, path, content);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    removeIfThere(files, `${path}.tmp`);
    if (readSmallFile(files, path) === undefined) throw error;
    const file = files.open(path, 'update');
    try {
      files.write(file, [content], 0);
      files.truncate(file, content.length);
      await files.sync(file);
    } finally {
      files.close(file);
    }
  }
}

function copyAccessOf(files: FileSystem, path: string, file: number): void {
  let other: number;
  try {
    other = files.open(path, 'read');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    files.copyAccess(other, file);
  } finally {
    files.close(other);
  }
}

/** Deletes a file; one that is not there is no error. */
export function removeIfThere(files: FileSystem, path: string): void {
  try {
    files.removeNow(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
