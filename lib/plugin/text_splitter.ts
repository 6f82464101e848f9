import { TextGatherer } from '../codec/line_joiner.ts';
import { LineSplitter } from '../codec/lines.ts';
import type { Parser, Splitter } from './contract.ts';

/** An event of several lines is no longer. */
const longestTextBytes = 1024 * 1024;

/** Cuts a stream of bytes into what a parser reads as one text: a line, or lines that the parser wants joined. */
export class TextSplitter implements Splitter {
  readonly #splitter = new LineSplitter();
  readonly #gatherer: TextGatherer | undefined;
  readonly #complete: Buffer[] = [];

  constructor(parser: Pick<Parser, 'isFirstLine'>) {
    if (parser.isFirstLine === undefined) return;
    const isFirstLine = (line: Buffer): boolean => parser.isFirstLine?.(line) === true;
    this.#gatherer = new TextGatherer({ isFirstLine, longestTextBytes });
  }

  /** Whether there is a text that may go on with the next line. */
  get isOpen(): boolean {
    return this.#gatherer?.isOpen === true;
  }

  push(bytes: Uint8Array): void {
    this.#splitter.push(bytes);
  }

  next(): Buffer | undefined {
    while (this.#complete.length === 0) {
      const line = this.#splitter.next();
      if (line === undefined || this.#gatherer === undefined) return line;
      this.#take(line);
    }
    return this.#complete.shift();
  }

  /** Nothing more came for a while: the open text is complete, for `next`. A line that is not complete stays. */
  flush(): void {
    this.#takeLines();
    const text = this.#gatherer?.flush();
    if (text !== undefined) this.#complete.push(text);
  }

  finish(): void {
    this.#takeLines();
    const line = this.#splitter.rest();
    if (line !== undefined) this.#take(line);
    this.flush();
  }

  #takeLines(): void {
    for (let line = this.#splitter.next(); line !== undefined; line = this.#splitter.next()) {
      this.#take(line);
    }
  }

  #take(line: Buffer): void {
    this.#complete.push(...(this.#gatherer?.push(line) ?? [line]));
  }
}
