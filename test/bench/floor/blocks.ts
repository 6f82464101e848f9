import { closeSync, openSync, readSync } from 'node:fs';

const blockBytes = 256 * 1024;

/** The lines of an ASCII file, as many at a time as a block holds. */
export function* lineBlocks(path: string): Generator<string[]> {
  const file = openSync(path, 'r');
  const block = Buffer.allocUnsafe(blockBytes);
  let rest = '';
  for (let read = readSync(file, block); read > 0; read = readSync(file, block)) {
    const text = rest + block.toString('latin1', 0, read);
    const end = text.lastIndexOf('\n');
    rest = text.slice(end + 1);
    if (end >= 0) yield text.slice(0, end).split('\n');
  }
  if (rest !== '') yield [rest];
  closeSync(file);
}
