import { afterLineFeed, type LineBreak, unitBytes } from '../codec/line_table.ts';
import { readAt } from './file_identity.ts';

const longestLineBytes = 64 * 1024;

/** Where the last line of a file begins, complete or not; the file's end when that line is very long. */
export function lastLineBegin(descriptor: number, size: number, lineBreak: LineBreak): number {
  const unit = unitBytes(lineBreak);
  const from = Math.max(0, size - longestLineBytes);
  const begin = from - (from % unit);
  const bytes = readAt(descriptor, begin, size - begin);
  let last = -1;
  for (let at = afterLineFeed(bytes, 0, lineBreak); at >= 0; ) {
    last = at;
    at = afterLineFeed(bytes, at, lineBreak);
  }
  if (last >= 0) return begin + last;
  return begin === 0 ? 0 : size - (size % unit);
}
