import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../error.ts';
import { type FileIdentity, identityOf, mayBeFile } from './file_identity.ts';
import { nameBeforeRotation } from './rotation_name.ts';

/** A regular file with a descriptor open for reading. */
export interface OpenFile {
  readonly place: string;
  readonly descriptor: number;
  readonly stats: BigIntStats;
}

/** The file at a path, links followed; undefined when there is none, or none that may be seen. */
export function statFile(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Opens a regular file for reading; undefined when there is none. @throws the system's error for all else */
export function openFile(place: string): OpenFile | undefined {
  // Looked at before it is opened: opening a pipe or a device may have effects.
  if (statFile(place)?.isFile() !== true) return undefined;
  try {
    const descriptor = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor, { bigint: true });
    if (stats.isFile()) return { place, descriptor, stats };
    closeSync(descriptor);
    return undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A path with its links followed; the path itself when it leads nowhere. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Another file of a folder. */
export interface FoundFile {
  readonly place: string;
  readonly stats: BigIntStats;
}

/** Regular files beside `path` whose names are those of its rotated logs. */
export function rotatedBeside(path: string): FoundFile[] {
  const name = basename(path);
  return filesIn(dirname(path), (other) => nameBeforeRotation(other) === name);
}

/** Where a file lies now, if it is still in the folder of one of these paths. */
export function findBeside(
  paths: readonly string[],
  wanted: Pick<FileIdentity, 'inode' | 'birthNs'>,
): FoundFile | undefined {
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const found = filesIn(folder, () => true).find(({ stats }) =>
      mayBeFile(wanted, identityOf(stats)),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function filesIn(folder: string, isWanted: (name: string) => boolean): FoundFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const found: FoundFile[] = [];
  for (const name of names) {
    if (!isWanted(name)) continue;
    const place = join(folder, name);
    const stats = statFile(place);
    if (stats?.isFile() === true) found.push({ place, stats });
  }
  return found;
}
