import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MillraceError, systemCode, toError } from '../../error.ts';
import { type LetterReason, parseLetterReason } from './letter_reason.ts';

/*
 * In a folder of dead letters lie those of an output, as `lib/buffer/dead_letter.ts` writes them:
 *
 *     ID.reason.json, ID.jsonl or ID.txt          ID: the chunk's, 32 hex digits
 *
 * and files of single events that nothing could process, as `lib/graph/dead_letter_resort.ts` does:
 *
 *     MS-HEX.jsonl                                the process may still add lines
 *     MS-HEX.closed.jsonl                         it no longer does: its name was taken away from it
 */

/** A dead letter and its files. */
export interface DeadLetterFiles {
  readonly id: string;
  /** One event a line; undefined when it holds what an output's `format` made. */
  readonly linesPath: string | undefined;
  readonly textPath: string | undefined;
  readonly reasonPath: string | undefined;
  /** Undefined when there is none, or it is damaged: each line may have its own. */
  readonly reason: LetterReason | undefined;
  /** Whether a process may still be adding to it. */
  readonly isOpen: boolean;
  readonly modifiedMs: number;
}

const namePattern = /^([0-9a-f]{32}|\d+-[0-9a-f]{12})\.(reason\.json|closed\.jsonl|jsonl|txt)$/;

/**
 * The dead letters in a folder and in every folder `dead_letter` below it, oldest first.
 * @throws MR_IO when the folder cannot be read
 */
export function findDeadLetters(folder: string): DeadLetterFiles[] {
  const letters: DeadLetterFiles[] = [];
  const visit = (path: string, isOwn: boolean): void => {
    for (const entry of readFolder(path)) {
      if (entry.isDirectory()) visit(join(path, entry.name), false);
    }
    if (isOwn || basename(path) === 'dead_letter') letters.push(...lettersIn(path));
  };
  visit(folder, true);
  return letters.sort((one, other) => diedMs(one) - diedMs(other) || (one.id < other.id ? -1 : 1));
}

/** When a dead letter was written, as far as is known. */
export function diedMs({ modifiedMs, reason }: DeadLetterFiles): number {
  const told = Date.parse(reason?.diedAt ?? '');
  return Number.isNaN(told) ? modifiedMs : told;
}

function readFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (thrown) {
    const cause = toError(thrown);
    throw new MillraceError('MR_IO', `dead letters cannot be read: ${cause.message}`, { cause });
  }
}

function lettersIn(folder: string): DeadLetterFiles[] {
  const byId = new Map<string, Map<string, string>>();
  for (const { name } of readFolder(folder)) {
    const [, id, ending] = namePattern.exec(name) ?? [];
    if (id === undefined || ending === undefined) continue;
    const files = byId.get(id) ?? new Map<string, string>();
    byId.set(id, files.set(ending, join(folder, name)));
  }
  return Array.from(byId, ([id, files]) => {
    const linesPath = files.get('jsonl') ?? files.get('closed.jsonl');
    const textPath = files.get('txt');
    const reasonPath = files.get('reason.json');
    return {
      ...{ id, linesPath, textPath, reasonPath },
      reason: reasonPath === undefined ? undefined : readReason(reasonPath),
      isOpen: id.includes('-') && files.has('jsonl'),
      modifiedMs: modifiedMsOf(linesPath ?? textPath ?? reasonPath ?? folder),
    };
  });
}

function readReason(path: string): LetterReason | undefined {
  try {
    return parseLetterReason(readFileSync(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function modifiedMsOf(path: string): number {
  return Math.floor(statSync(path).mtimeMs);
}
