import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { lineOf } from './tally.ts';

/** How a log is written. */
export interface FeedSetup {
  readonly path: string;
  readonly linesASecond: number;
  /** After so many lines the file is renamed and another one created. */
  readonly linesAFile: number;
}

const pauseMs = 5;

/** Writes numbered lines to a log, as a program that logs would: on and on, whatever becomes of its readers. */
export class LogFeed {
  readonly #setup: FeedSetup;
  #written = 0;
  #target = 0;
  #isStopped = false;
  #isRotating = true;
  #writing: Promise<void> | undefined;

  constructor(setup: FeedSetup) {
    this.#setup = setup;
  }

  /** The number of the last line. */
  get written(): number {
    return this.#written;
  }

  start(): void {
    this.#writing = this.#writeOn();
  }

  /** Writes until line number `least`, at least; resolves when the log ends with a whole line. */
  async stop(least: number): Promise<void> {
    this.#target = least;
    this.#isStopped = true;
    await this.#writing;
  }

  /** Writes so many more lines at once, without a rotation. */
  async more(lines: number): Promise<void> {
    this.#isRotating = false;
    await this.#write(this.#written + lines);
  }

  async #writeOn(): Promise<void> {
    const startMs = performance.now();
    while (!this.#isStopped || this.#written < this.#target) {
      const due = ((performance.now() - startMs) / 1000) * this.#setup.linesASecond;
      if (due >= this.#written + 1) await this.#write(Math.floor(due));
      await wait(pauseMs);
    }
  }

  /** In pieces that are cut where lines are not, so that a reader sees half a line at times. */
  async #write(last: number): Promise<void> {
    const { path, linesAFile } = this.#setup;
    while (this.#written < last) {
      const file = openSync(path, 'a');
      try {
        let text = '';
        do {
          this.#written += 1;
          text += `${lineOf(this.#written)}\n`;
        } while (this.#written < last && this.#written % linesAFile !== 0);
        const cut = text.length - 1 - (this.#written % 70);
        writeSync(file, text.slice(0, cut));
        await wait(1);
        writeSync(file, text.slice(cut));
      } finally {
        closeSync(file);
      }
      const isFull = this.#isRotating && this.#written % linesAFile === 0;
      if (isFull) renameSync(path, `${path}.${this.#written}`);
    }
  }
}
