import { dirname, join, resolve } from 'node:path';
import type { FileSystem } from './file_system.ts';
import { removeIfThere } from './small_file.ts';

/** Names in a buffer's folder that are no chunks: the store's own, the plugin's state, the dead letters. */
const ownNames = new Set([
  'lock',
  'store',
  'origins',
  'quarantine',
  'state',
  'dead_letter',
  'bisection',
]);

/** Makes a folder so that it, and each one made above it, survives a power cut; `like` as for `makeFolder`. */
export async function makeDurableFolder(
  files: FileSystem,
  folder: string,
  permission: number,
  like?: string,
): Promise<void> {
  const uppermost = files.makeFolder(folder, permission, like);
  if (uppermost === undefined) return;
  for (let made = resolve(folder); made.length >= uppermost.length; made = dirname(made)) {
    await files.syncFolder(dirname(made));
    if (made === dirname(made)) return;
  }
}

const lockOnTheMove = /^lock\.\d+\.tmp$/;
const replacement = /^(?:store|origins|[0-9a-f]{32}\.(?:staged|queued))\.tmp$/;

/** Whether a name in a buffer's folder is the store's own, or becomes it or is gone in a moment. */
export function isOwnName(name: string): boolean {
  return ownNames.has(name) || lockOnTheMove.test(name) || replacement.test(name);
}

/** The names in a folder, without what an interrupted replacement of ours left, or others are about to take. */
export function listFolder(files: FileSystem, folder: string): string[] {
  return files.list(folder).filter((name) => {
    // It may be our own lock, which somebody has taken for a dead one's and is about to put back.
    if (lockOnTheMove.test(name)) return false;
    if (!replacement.test(name)) return true;
    removeIfThere(files, join(folder, name));
    return false;
  });
}
