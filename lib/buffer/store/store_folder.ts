import { dirname, join, resolve } from 'node:path';
import type { FileSystem } from './file_system.ts';
import { removeIfThere } from './small_file.ts';

/** Makes a folder so that it, and each one made above it, survives a power cut. */
export async function makeDurableFolder(
  files: FileSystem,
  folder: string,
  permission: number,
): Promise<void> {
  const uppermost = files.makeFolder(folder, permission);
  if (uppermost === undefined) return;
  for (let made = resolve(folder); made.length >= uppermost.length; made = dirname(made)) {
    await files.syncFolder(dirname(made));
    if (made === dirname(made)) return;
  }
}

/** The names in a folder, without what an interrupted replacement of ours left, or others are about to take. */
export function listFolder(files: FileSystem, folder: string): string[] {
  return files.list(folder).filter((name) => {
    // It may be our own lock, which somebody has taken for a dead one's and is about to put back.
    if (/^lock\.\d+\.tmp$/.test(name)) return false;
    if (!/^(?:store|origins)\.tmp$/.test(name)) return true;
    removeIfThere(files, join(folder, name));
    return false;
  });
}
