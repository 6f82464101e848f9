import { Bisection } from '../bisection.ts';
import { chunkOfOutcomes, outcomeFolder, outcomePath, readOutcomes } from '../outcome_file.ts';
import type { Rest } from '../rest.ts';
import type { ReadingFiles } from '../store/file_system.ts';
import type { ChunkReport } from './examine.ts';
import { bufferFolderOf, bufferOf, listIfThere } from './folder.ts';

/** The ids of chunks in a buffer's folder of which parts were written by themselves. */
export function bisectedIn(files: ReadingFiles, bufferFolder: string): ReadonlySet<string> {
  const names = listIfThere(files, outcomeFolder(bufferFolder));
  return new Set(
    names.flatMap((name) => (name.endsWith('.tmp') ? [] : (chunkOfOutcomes(name) ?? []))),
  );
}

/** What is known of the parts of a chunk. */
export interface KnownParts {
  /** What is not delivered; undefined when no part is known to be. */
  readonly rest: Rest | undefined;
  /** Whether something is written down that is damaged, or about another number of events. */
  readonly isCutShort: boolean;
}

/** Reads what has come of the parts of a chunk of `count` events, in the folder or its quarantine. @throws the system's error */
export function knownParts(
  files: ReadingFiles,
  folder: string,
  chunk: { readonly id: string; readonly count: number },
): KnownParts {
  const bisection = new Bisection(chunk.count, Number.POSITIVE_INFINITY);
  const path = outcomePath(bufferFolderOf(folder), chunk.id);
  const { isCutShort } = readOutcomes(files, path, (outcome) => bisection.apply(outcome));
  const { rest } = bisection;
  return { rest: rest.count < chunk.count ? rest : undefined, isCutShort };
}

/** What a mended chunk lacks, as a person reads it: with events lost, nobody knows which the known parts were. */
export function missingParts(files: ReadingFiles, { count, opened }: ChunkReport): string[] {
  const { isCutShort } = knownParts(files, bufferOf(opened.path), { id: opened.id, count });
  return isCutShort ? ['which of its events were delivered: all of them are written again'] : [];
}

/** The part of a chunk that is not delivered; undefined when that is all of it, or nobody knows. @throws the system's error */
export function undelivered(
  files: ReadingFiles,
  folder: string,
  chunk: { readonly id: string; readonly count: number },
): Rest | undefined {
  return knownParts(files, folder, chunk).rest;
}
