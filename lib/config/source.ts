import type { Place } from '../error.ts';

/** The text of one file, which knows the line and column of each of its characters. */
export class SourceText {
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** The place of the characters from `start` up to `end`, cut at the end of the first line. */
  place(start: number, end: number): Place {
    const line = this.#lineOf(start);
    const lineStart = this.#starts()[line] ?? 0;
    const source = this.text.slice(lineStart, this.lineEnd(lineStart));
    const column = Math.min(start - lineStart, source.length);
    const length = Math.max(1, Math.min(end, lineStart + source.length) - start);
    return { file: this.file, line: line + 1, column: column + 1, length, source };
  }

  /** Where the line that holds a character ends, before its line break. */
  lineEnd(at: number): number {
    for (let index = at; index < this.text.length; index += 1) {
      const code = this.text.charCodeAt(index);
      if (code === 10 || code === 13) return index;
    }
    return this.text.length;
  }

  /** Where the line after a character begins; the length of the text when there is none. */
  nextLine(at: number): number {
    const end = this.lineEnd(at);
    return Math.min(end + (this.text.startsWith('\r\n', end) ? 2 : 1), this.text.length);
  }

  #lineOf(at: number): number {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #starts(): readonly number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (const { index, 0: lineBreak } of this.text.matchAll(/\r\n|\r|\n/g)) {
        starts.push(index + lineBreak.length);
      }
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}
