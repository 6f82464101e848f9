import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { inputFile } from './inputs.ts';

const blockLines = 1000;
/** Rotated then, and the one before is deleted once all its lines have arrived. */
const rotateBytes = 64e6;
/** It writes no further ahead of what has arrived. */
const aheadLines = 200_000;

/** Writes a log as fast as its lines arrive at the other end, and rotates it. */
export class LogWriter {
  readonly path: string;
  readonly #blocks: readonly Buffer[];
  #file: number;
  #bytes = 0;
  #written = 0;
  #oldUntil = 0;
  #fileFrom = 0;

  constructor(folder: string) {
    this.path = join(folder, 'app.log');
    this.#blocks = blocksOf(readFileSync(inputFile(folder, 'json', 20 * blockLines), 'latin1'));
    this.#file = openSync(this.path, 'a');
  }

  /** Writes what may be written now that so many lines have arrived. */
  fill(arrived: number): void {
    if (arrived >= this.#oldUntil) rmSync(this.#old, { force: true });
    while (this.#written < arrived + aheadLines) {
      const block = this.#blocks[(this.#written / blockLines) % this.#blocks.length];
      if (block === undefined) return;
      this.#bytes += writeSync(this.#file, block);
      this.#written += blockLines;
      // One that nobody has found yet would never be read.
      const isFound = arrived > this.#fileFrom;
      if (this.#bytes > rotateBytes && isFound && !existsSync(this.#old)) this.#rotate();
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  get #old(): string {
    return `${this.path}.1`;
  }

  #rotate(): void {
    closeSync(this.#file);
    renameSync(this.path, this.#old);
    this.#file = openSync(this.path, 'a');
    this.#bytes = 0;
    this.#oldUntil = this.#written;
    this.#fileFrom = this.#written;
  }
}

function blocksOf(text: string): Buffer[] {
  const lines = text.split('\n').slice(0, -1);
  return Array.from({ length: lines.length / blockLines }, (_, index) => {
    const block = lines.slice(index * blockLines, (index + 1) * blockLines);
    return Buffer.from(`${block.join('\n')}\n`);
  });
}
