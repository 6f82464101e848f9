import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from '../../error.ts';
import { type FileState, parseFileName } from '../store/file_chunk.ts';
import type { ReadingFiles } from '../store/file_system.ts';
import { type Holder, holderOf } from '../store/lock.ts';
import { isOwnName } from '../store/store_folder.ts';

/** A chunk by the name of its file. */
export interface NamedChunk {
  readonly id: string;
  readonly state: FileState;
}

/** Bytes that were put aside. */
export interface QuarantineEntry {
  readonly name: string;
  /** Whether the file beside it says why. */
  readonly isExplained: boolean;
}

/** What lies in a buffer's folder, by names alone. Under a living process it is true for a moment only. */
export interface FolderSurvey {
  readonly folder: string;
  /** In the order in which they were begun. */
  readonly chunks: readonly NamedChunk[];
  readonly quarantine: readonly QuarantineEntry[];
  /** Chunks that could not be delivered, and were put where a person can read them. */
  readonly deadLetters: number;
  /** Names that are none of the store's. */
  readonly foreign: readonly string[];
  /** The living process that uses the buffer. */
  readonly holder: Holder | undefined;
}

/** Whether a folder is where a buffer puts aside what it cannot use. */
export function isQuarantine(folder: string): boolean {
  return basename(resolve(folder)) === 'quarantine';
}

/** The folder of the buffer, given that or its quarantine. */
export function bufferFolderOf(folder: string): string {
  return isQuarantine(folder) ? join(folder, '..') : folder;
}

/** The folder of the buffer that a chunk file is of, also when it was put aside. */
export function bufferOf(path: string): string {
  return bufferFolderOf(dirname(path));
}

/** Where a buffer's dead letters may lie: in its folder, or beside it where outputs have folders of their own. */
export function deadLetterFolders(folder: string): string[] {
  const inside = join(folder, 'dead_letter');
  return basename(folder) === 'buffer' ? [inside, join(dirname(folder), 'dead_letter')] : [inside];
}

/** Lists a buffer's folder, or its quarantine; takes no lock and writes nothing. @throws the system's error when it cannot be listed */
export function surveyFolder(files: ReadingFiles, folder: string): FolderSurvey {
  const chunks: NamedChunk[] = [];
  const foreign: string[] = [];
  const buffer = bufferFolderOf(folder);
  for (const name of files.list(folder).sort()) {
    const chunk = parseFileName(name);
    if (chunk !== undefined) chunks.push(chunk);
    else if (buffer === folder && !isOwnName(name)) foreign.push(name);
  }
  return {
    folder,
    chunks,
    quarantine: quarantineIn(files, buffer),
    deadLetters: countDeadLetters(files, buffer),
    foreign,
    holder: holderOf(files, buffer),
  };
}

const reasonEnding = '.reason.json';

function quarantineIn(files: ReadingFiles, folder: string): QuarantineEntry[] {
  const names = new Set(listIfThere(files, join(folder, 'quarantine')));
  return [...names]
    .filter((name) => !name.endsWith(reasonEnding))
    .map((name) => ({ name, isExplained: names.has(reasonNameOf(name)) }));
}

/** A stretch `ID-OFFSET.bytes` has its reason in `ID-OFFSET.reason.json`, a whole file in `NAME.reason.json`. */
function reasonNameOf(name: string): string {
  return `${name.replace(/\.bytes$/, '')}${reasonEnding}`;
}

function countDeadLetters(files: ReadingFiles, folder: string): number {
  const names = deadLetterFolders(folder).flatMap((each) => listIfThere(files, each));
  return names.filter((name) => name.endsWith(reasonEnding)).length;
}

/** The names in a folder, in order; none when it is not there. */
export function listIfThere(files: ReadingFiles, folder: string): string[] {
  try {
    return files.list(folder).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
