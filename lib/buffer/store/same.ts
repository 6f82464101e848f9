import type { ReadingFiles } from './file_system.ts';
import type { Stretch } from './scan.ts';
import { Window } from './window.ts';

const windowBytes = 256 * 1024;

/** Whether stretches of one file, one after another, hold the same bytes as those of another file. */
export async function holdSame(
  files: ReadingFiles,
  one: number,
  ofOne: readonly Stretch[],
  other: number,
  ofOther: readonly Stretch[],
): Promise<boolean> {
  if (lengthOf(ofOne) !== lengthOf(ofOther)) return false;
  const theirs = piecesOf(files, other, ofOther);
  let rest: Buffer = Buffer.alloc(0);
  for await (const mine of piecesOf(files, one, ofOne)) {
    for (let at = 0; at < mine.length; ) {
      if (rest.length === 0) rest = (await theirs.next()).value ?? rest;
      const length = Math.min(rest.length, mine.length - at);
      if (length === 0) return false;
      if (!mine.subarray(at, at + length).equals(rest.subarray(0, length))) return false;
      at += length;
      rest = rest.subarray(length);
    }
  }
  return true;
}

function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { start, end }) => sum + end - start, 0);
}

async function* piecesOf(
  files: ReadingFiles,
  file: number,
  stretches: readonly Stretch[],
): AsyncGenerator<Buffer, undefined, undefined> {
  for (const { start, end } of stretches) {
    const window = new Window(files, file, end, windowBytes);
    for (let position = start; position < end; ) {
      const at = await window.see(position, 1);
      const length = Math.min(window.inSight(position), end - position);
      if (length === 0) return;
      yield window.bytes.subarray(at, at + length);
      position += length;
    }
  }
}
