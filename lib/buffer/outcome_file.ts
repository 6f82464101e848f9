import { join } from 'node:path';
import type { Rejection } from '../error.ts';
import type { PartOutcome } from './bisection.ts';
import type { ReadingFiles } from './store/file_system.ts';
import { readSmallFile } from './store/small_file.ts';

/*
 * `bisection/ID.jsonl` in the folder of a buffer: how the writes of parts of chunk ID ended, one a line, in order.
 * The first one is about the whole chunk. `end` is not included.
 *
 *     {"first":0,"end":1000,"refused":"the field `n` is no number"}
 *     {"first":0,"end":500,"rejected":[]}
 */

/** The folder, in that of the buffer. */
export function outcomeFolder(bufferFolder: string): string {
  return join(bufferFolder, 'bisection');
}

/** Where it is written down what has come of the parts of a chunk. */
export function outcomePath(bufferFolder: string, chunkId: string): string {
  return join(outcomeFolder(bufferFolder), `${chunkId}.jsonl`);
}

/** The chunk that a file in the folder is about; undefined when it is none of ours. */
export function chunkOfOutcomes(name: string): string | undefined {
  return /^([0-9a-f]{32})\.jsonl(?:\.tmp)?$/.exec(name)?.[1];
}

/** What reading outcomes came to. */
export interface OutcomeReading {
  /** How many were of use. */
  readonly count: number;
  /** How many bytes they take; what follows is damaged, or nobody has use for it. */
  readonly goodBytes: number;
  /** Whether a whole line follows them. */
  readonly isCutShort: boolean;
}

/** Gives all outcomes to `apply`, up to the first line that is damaged or that `apply` has no use for. @throws what the disk throws */
export function readOutcomes(
  files: ReadingFiles,
  path: string,
  apply: (outcome: PartOutcome) => boolean,
): OutcomeReading {
  const bytes = readSmallFile(files, path) ?? Buffer.of();
  let goodBytes = 0;
  let count = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, goodBytes)) {
    const outcome = parse(bytes.toString('utf8', goodBytes, end));
    if (outcome === undefined || !apply(outcome)) return { count, goodBytes, isCutShort: true };
    goodBytes = end + 1;
    count += 1;
  }
  return { count, goodBytes, isCutShort: false };
}

function parse(line: string): PartOutcome | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('first' in value) || !('end' in value)) return undefined;
  const { first, end } = value;
  if (!isIndex(first) || !isIndex(end)) return undefined;
  if ('refused' in value && typeof value.refused === 'string') {
    return { first, end, refused: value.refused };
  }
  if (!('rejected' in value) || !Array.isArray(value.rejected)) return undefined;
  return value.rejected.every(isRejection) ? { first, end, rejected: value.rejected } : undefined;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isRejection(value: unknown): value is Rejection {
  if (typeof value !== 'object' || value === null) return false;
  return 'index' in value && isIndex(value.index) && 'reason' in value;
}
