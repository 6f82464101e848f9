import { asBuffer } from './bytes.ts';

const lineFeed = Buffer.from('\n');
const none = -1;

/** How lines belong together. */
export interface JoinRule {
  /** Whether a text begins at a line, which comes without its line break. */
  readonly isFirstLine: (line: Buffer) => boolean;
  /** A text takes no line that ends further than this from where it begins. */
  readonly longestTextBytes: number;
}

/**
 * Tells where texts of several lines begin. A line that begins a text is followed by those that begin none; what
 * belongs to no text, before the first of them or beyond the limit, is a text of one line.
 */
export class LineJoiner {
  readonly #rule: JoinRule;
  #begin = none;

  constructor(rule: JoinRule) {
    this.#rule = rule;
  }

  /**
   * Takes the next line, which lies between two places of the stream, its line break included. True: a text
   * begins with it, and the one before is complete. False: it goes on with the text that is open.
   */
  begins(line: Buffer, begin: number, end: number): boolean {
    const { isFirstLine, longestTextBytes } = this.#rule;
    const isFirst = isFirstLine(line);
    if (!isFirst && this.mayGoOnTo(end)) return false;
    this.#begin = isFirst && end - begin <= longestTextBytes ? begin : none;
    return true;
  }

  /** Whether there is an open text that may take a line that ends at a place, or later. */
  mayGoOnTo(end: number): boolean {
    return this.#begin !== none && end - this.#begin <= this.#rule.longestTextBytes;
  }

  /** Whatever comes belongs to no text before. */
  close(): void {
    this.#begin = none;
  }
}

/** Joins the lines of a stream that cannot be read again: keeps those of the open text. */
export class TextGatherer {
  readonly #joiner: LineJoiner;
  #lines: Buffer[] = [];
  #place = 0;

  constructor(rule: JoinRule) {
    this.#joiner = new LineJoiner(rule);
  }

  /** Whether there is a text that may go on. */
  get isOpen(): boolean {
    return this.#lines.length > 0;
  }

  /** Takes the next line, without its line break, and gives the texts that are complete by it. */
  push(line: Uint8Array): Buffer[] {
    const own = asBuffer(line);
    const begin = this.#place;
    this.#place += own.length + lineFeed.length;
    const texts: Buffer[] = [];
    if (this.#joiner.begins(own, begin, this.#place)) this.#giveTo(texts);
    this.#lines.push(own);
    if (!this.#joiner.mayGoOnTo(this.#place + 1)) this.#giveTo(texts);
    return texts;
  }

  /** The open text, which nothing is added to any more; undefined when there is none. */
  flush(): Buffer | undefined {
    this.#joiner.close();
    const texts: Buffer[] = [];
    this.#giveTo(texts);
    return texts[0];
  }

  #giveTo(texts: Buffer[]): void {
    if (this.#lines.length > 0) texts.push(joinLines(this.#lines));
    this.#lines = [];
  }
}

/** Lines as one text, a line feed between each two. */
export function joinLines(lines: readonly Buffer[]): Buffer {
  const [first] = lines;
  if (first !== undefined && lines.length === 1) return first;
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [lineFeed, line])));
}
