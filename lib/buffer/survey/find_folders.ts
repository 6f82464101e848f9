import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../error.ts';
import { parseFileName } from '../store/file_chunk.ts';
import { realFiles } from '../store/file_system.ts';
import { readIdentity } from '../store/identity.ts';
import { bufferFolderOf, isQuarantine } from './folder.ts';

/** So deep below a `root_dir` no buffer lies. */
const deepest = 6;

/**
 * The buffer folders at `path` or, where it is none, below it, in order of their names; links are not followed. The
 * quarantine of a buffer counts as one when it is named.
 * Folders below that may not be read are told to `onUnreadable`. @throws the system's error when `path` cannot be read
 */
export function findBufferFolders(
  path: string,
  onUnreadable: (folder: string, error: unknown) => void = () => {},
): string[] {
  const found: string[] = [];
  const walk = (folder: string, depth: number): void => {
    const entries = readdirSync(folder, { withFileTypes: true });
    if (isBufferFolder(folder, entries)) {
      found.push(folder);
      return;
    }
    if (depth >= deepest) return;
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const below of folders.sort().map((name) => join(folder, name))) {
      try {
        walk(below, depth + 1);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') onUnreadable(below, error);
      }
    }
  };
  // Named by a person who wants to see what was put aside.
  if (isQuarantine(path) && isBuffer(bufferFolderOf(path))) return [path];
  walk(path, 0);
  return found;
}

function isBuffer(folder: string): boolean {
  return isBufferFolder(folder, readdirSync(folder, { withFileTypes: true }));
}

/** It has chunks or, when all were delivered, its identity. */
function isBufferFolder(folder: string, entries: readonly Dirent[]): boolean {
  if (entries.some(({ name }) => parseFileName(name) !== undefined)) return true;
  const hasIdentity = entries.some((entry) => entry.name === 'store' && entry.isFile());
  return hasIdentity && readIdentity(realFiles, folder) !== undefined;
}
