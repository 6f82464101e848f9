import { closeSync, openSync, readSync } from 'node:fs';
import { outputFiles } from './content.ts';

const newline = 10;
const block = Buffer.allocUnsafe(1 << 20);

/** Counts the lines of a folder's output files while they grow. */
export class LineCount {
  readonly #folder: string;
  readonly #offsets = new Map<string, number>();
  #lines = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How many there are now. */
  look(): number {
    for (const path of outputFiles(this.#folder)) {
      const offset = this.#offsets.get(path) ?? 0;
      this.#offsets.set(path, this.#count(path, offset));
    }
    return this.#lines;
  }

  #count(path: string, offset: number): number {
    const file = openSync(path, 'r');
    for (let read = -1; read !== 0; offset += read) {
      read = readSync(file, block, 0, block.length, offset);
      for (
        let at = block.indexOf(newline);
        at >= 0 && at < read;
        at = block.indexOf(newline, at + 1)
      ) {
        this.#lines += 1;
      }
    }
    closeSync(file);
    return offset;
  }
}
