import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileNameOf, parseFileName } from '../../buffer/store/file_chunk.ts';
import { realFiles } from '../../buffer/store/file_system.ts';
import { findBufferFolders } from '../../buffer/survey/find_folders.ts';
import { type FolderSurvey, type NamedChunk, surveyFolder } from '../../buffer/survey/folder.ts';
import { MillraceError, systemCode, toError } from '../../error.ts';
import { shownText } from '../figures.ts';
import type { Terminal } from '../terminal.ts';

/** Chunks that a command was told to look at, of one folder. */
export interface Target {
  readonly survey: FolderSurvey;
  /** In the order in which they were begun. */
  readonly chunks: readonly NamedChunk[];
  /** Whether the folder was named, rather than files in it. */
  readonly isWholeFolder: boolean;
}

/**
 * What paths mean: folders of chunks, folders above some, files of chunks. A folder below that may not be read is
 * told on standard error. @throws MR_BUFFER when a path leads to no chunk folder and is no chunk's file
 */
export function locate(paths: readonly string[], terminal: Terminal): Target[] {
  const targets = new Map<string, Target>();
  for (const path of paths) {
    if (isFolder(path)) {
      for (const folder of foldersAt(path, terminal)) {
        const survey = surveyAt(folder);
        targets.set(folder, { survey, chunks: survey.chunks, isWholeFolder: true });
      }
    } else addFile(targets, path);
  }
  return [...targets.values()];
}

/**
 * The chunks with these ids, or with ids that begin so; all when there are none. Folders without any are left out.
 * @throws MR_BUFFER when there is no such chunk, or more than one
 */
export function chooseChunks(targets: readonly Target[], ids: readonly string[]): Target[] {
  if (ids.length === 0) return [...targets];
  const chosen = new Set<NamedChunk>();
  const known = targets.flatMap(({ chunks }) => chunks);
  for (const id of ids) {
    const start = id.replace(/\.(?:staged|queued)$/, '').toLowerCase();
    const matching = known.filter((chunk) => chunk.id.startsWith(start));
    if (start === '' || matching.length === 0) throw noSuchChunk(id, targets);
    if (matching.some((chunk) => chunk.id !== matching[0]?.id)) {
      throw new MillraceError('MR_BUFFER', `${matching.length} chunks begin with \`${id}\``, {
        hint: `such as ${matching[0]?.id} and ${matching.at(-1)?.id}: give more of the id`,
      });
    }
    for (const chunk of matching) chosen.add(chunk);
  }
  return targets
    .map((target) => ({ ...target, chunks: target.chunks.filter((chunk) => chosen.has(chunk)) }))
    .filter(({ chunks }) => chunks.length > 0);
}

/** What a person can do about a file or folder that cannot be read, or changed; `what` is it with its path. */
export function describeRefusal(
  what: string,
  thrown: unknown,
  use: 'read' | 'changed' = 'read',
): MillraceError {
  const cause = toError(thrown);
  if (cause instanceof MillraceError) return cause;
  const code = systemCode(cause);
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'use the user that the process runs as, or root';
    return new MillraceError('MR_BUFFER', `${what} may not be ${use}`, { cause, hint });
  }
  return new MillraceError('MR_BUFFER', `${what} cannot be ${use}: ${cause.message}`, { cause });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw describeRefusal(`\`${path}\``, error);
    if (parseFileName(basename(path)) !== undefined) return false;
    throw new MillraceError('MR_BUFFER', `there is no \`${path}\``, {
      hint: 'give the folder of a buffer (`path` in its configuration), one above it such as `root_dir`, or the file of a chunk',
    });
  }
}

function foldersAt(path: string, terminal: Terminal): string[] {
  let folders: string[];
  try {
    folders = findBufferFolders(path, (folder, error) => {
      terminal.err.write(`${describeRefusal(`the folder \`${folder}\``, error).message}\n`);
    });
  } catch (error) {
    throw describeRefusal(`the folder \`${path}\``, error);
  }
  if (folders.length > 0) return folders;
  const isFluentd = readdirSync(path).some((name) => /\.[bq][0-9a-f]{32}\.(?:log|buf)$/.test(name));
  throw new MillraceError('MR_BUFFER', `\`${path}\` is no buffer folder, and none is below it`, {
    hint: isFluentd
      ? `it is a buffer of Fluentd: \`millrace buffer import --from fluentd ${path}\` takes it over`
      : 'a buffer folder holds a file `store`, and a file for each chunk that is not yet delivered',
  });
}

function surveyAt(folder: string): FolderSurvey {
  try {
    return surveyFolder(realFiles, folder);
  } catch (error) {
    throw describeRefusal(`the folder \`${folder}\``, error);
  }
}

function addFile(targets: Map<string, Target>, path: string): void {
  const chunk = parseFileName(basename(path));
  if (chunk === undefined) {
    throw new MillraceError('MR_BUFFER', `\`${path}\` is not the file of a chunk`, {
      hint: 'such a file is called by 32 hex digits and `.staged` or `.queued`',
    });
  }
  const folder = dirname(path);
  const before = targets.get(folder);
  if (before?.isWholeFolder === true) return;
  // The whole folder may hold very many: who names files is not made to wait for it.
  const survey = before?.survey ?? { ...surveyAt(folder), chunks: [] };
  if (!exists(path) && !exists(join(folder, fileNameOf(chunk.id, 'queued')))) {
    throw noSuchChunk(chunk.id, [{ survey, chunks: [], isWholeFolder: false }]);
  }
  const chunks = [...(before?.chunks ?? []), chunk];
  targets.set(folder, { survey, chunks, isWholeFolder: false });
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function noSuchChunk(id: string, targets: readonly Target[]): MillraceError {
  const where = targets.map(({ survey }) => `\`${survey.folder}\``).join(', ');
  return new MillraceError('MR_BUFFER', `there is no chunk \`${shownText(id)}\` in ${where}`, {
    hint: 'it may have been delivered; `millrace buffer ls` shows what is there',
  });
}
