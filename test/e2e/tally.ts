import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The line of a number: long enough to be a log line, and different in every byte that matters. */
export function lineOf(number: number): string {
  return `{"n":${number},"text":"line ${number} of a log that must arrive whole ${number % 97}"}`;
}

/** How often each numbered line was found. */
export interface Tally {
  readonly expected: number;
  /** Lines found at least once. */
  readonly found: number;
  readonly missing: readonly number[];
  readonly repeated: readonly number[];
  /** Lines with the number of an expected one and another text: torn or changed. */
  readonly altered: readonly string[];
  /** Lines with no number that was expected. */
  readonly invented: readonly string[];
}

/** Counts each of the lines 1 to `expected` in all files of a folder. */
export function tallyFolder(folder: string, expected: number): Tally {
  const counts = new Uint8Array(expected + 1);
  const altered: string[] = [];
  const invented: string[] = [];
  for (const path of filesBelow(folder)) {
    for (const line of linesOf(path)) {
      const number = Number(/^\{"n":(\d+)/.exec(line)?.[1] ?? 0);
      if (number < 1 || number > expected) invented.push(line);
      else if (line !== lineOf(number)) altered.push(line);
      else counts[number] = Math.min((counts[number] ?? 0) + 1, 255);
    }
  }
  const missing: number[] = [];
  const repeated: number[] = [];
  for (let number = 1; number <= expected; number += 1) {
    const count = counts[number] ?? 0;
    if (count === 0) missing.push(number);
    else if (count > 1) repeated.push(number);
  }
  return { expected, found: expected - missing.length, missing, repeated, altered, invented };
}

/** Whether each line is there exactly once and nothing else. */
export function isWhole({ missing, repeated, altered, invented }: Tally): boolean {
  return [missing, repeated, altered, invented].every((list) => list.length === 0);
}

/** The tally in a line or two, with examples of what is wrong. */
export function describeTally(tally: Tally): string {
  const { expected, found, missing, repeated, altered, invented } = tally;
  const some = (list: readonly (number | string)[]): string =>
    list.length === 0 ? '' : ` (${list.slice(0, 5).join(', ')}${list.length > 5 ? ', ...' : ''})`;
  return (
    `${found} of ${expected} lines arrived, ${missing.length} lost${some(missing)}, ` +
    `${invented.length} invented${some(invented)}, ${altered.length} altered${some(altered)}, ` +
    `${repeated.length} repeated${some(repeated)}`
  );
}

/** How many bytes the lines 1 to `last` have in a file. */
export function bytesOfLines(last: number): number {
  let bytes = 0;
  for (let number = 1; number <= last; number += 1) bytes += lineOf(number).length + 1;
  return bytes;
}

/** How many bytes the files of a folder have: a cheap measure of progress. */
export function bytesBelow(folder: string): number {
  return filesBelow(folder).reduce((sum, path) => sum + statSync(path).size, 0);
}

/** The files below a folder, which may not exist yet. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const pieceBytes = 1024 * 1024;

/** The lines of a file that may be longer than a string; the last one counts without its end, too. */
function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(pieceBytes);
    let rest = '';
    for (let length = 1; length > 0; ) {
      length = readSync(file, piece, 0, piece.length, null);
      const lines = (rest + piece.toString('latin1', 0, length)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield line;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}
