import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const blockBytes = 1024 * 1024;

/** Whole lines of a share of a file, about a megabyte at a time, each in memory of its own. */
export function* linesOf(path: string, share: number, shares: number): Generator<Buffer> {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const end = endOfLine(file, Math.floor((size * (share + 1)) / shares), size);
  let position = share === 0 ? 0 : endOfLine(file, Math.floor((size * share) / shares), size);
  while (position < end) {
    const bytes = readBytes(file, position, Math.min(blockBytes, end - position));
    const length = bytes.lastIndexOf('\n') + 1;
    if (length === 0) throw new Error('a line is longer than a block');
    yield bytes.subarray(0, length);
    position += length;
  }
  closeSync(file);
}

/** The end of the line that a place lies in. */
function endOfLine(file: number, place: number, size: number): number {
  if (place >= size) return size;
  return place + readBytes(file, place, Math.min(blockBytes, size - place)).indexOf('\n') + 1;
}

function readBytes(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
