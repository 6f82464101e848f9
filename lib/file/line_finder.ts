import { type JoinRule, LineJoiner } from '../codec/line_joiner.ts';
import { afterLineFeed, type LineBreak, LineTable, unitBytes } from '../codec/line_table.ts';

/** Finds texts in pieces of a file: each a line, or several that belong together. Made to be used again and again. */
export interface LineFinder {
  /** The lines that were found last. */
  readonly lines: LineTable;
  /** Which of the lines each text begins with; undefined: each line is a text. */
  readonly firsts: readonly number[] | undefined;
  /** Lines among those found last that were left out because they were too long. */
  readonly skipped: number;
  /** After `fill`: the place just after the last line of the text that may still go on; 0 when there is none. */
  readonly openEnd: number;
  /** As many bytes in which no text ends are one line, or the begin of one. */
  readonly longestTextBytes: number;
  /** Finds the complete texts from a place on, with about `most` lines, and gives the place just after the last of them. */
  fill(bytes: Buffer, from: number, most: number): number;
  /** Takes all bytes from a place on for texts, also what has no line feed at the end. */
  fillAll(bytes: Buffer, from: number): void;
}

/** How lines are found. */
export interface FindSettings {
  readonly lineBreak: LineBreak;
  /** Longer lines, line feed included, are left out. */
  readonly longestLineBytes: number;
}

/** Takes each line for a text. */
export class SingleLines implements LineFinder {
  readonly lines = new LineTable();
  readonly firsts = undefined;
  readonly openEnd = 0;
  readonly longestTextBytes = 0;
  readonly #settings: FindSettings;

  constructor(settings: FindSettings) {
    this.#settings = settings;
  }

  get skipped(): number {
    return this.lines.skipped;
  }

  fill(bytes: Buffer, from: number, most: number): number {
    const { lineBreak, longestLineBytes } = this.#settings;
    return this.lines.fill(bytes, from, lineBreak, most, longestLineBytes);
  }

  fillAll(bytes: Buffer, from: number): void {
    const after = this.fill(bytes, from, Number.POSITIVE_INFINITY);
    if (after < bytes.length) this.lines.add(bytes, after, bytes.length, this.#settings.lineBreak);
  }
}

/**
 * Joins each line that begins a text with those behind it that begin none. What it finds depends on nothing but the
 * bytes from where it begins: a batch that is made once more is the same.
 */
export class JoinedLines implements LineFinder {
  readonly lines = new LineTable();
  readonly firsts: number[] = [];
  readonly longestTextBytes: number;
  readonly #settings: FindSettings;
  readonly #joiner: LineJoiner;
  #skipped = 0;
  #openEnd = 0;
  /** All before is complete, and so much was found in it. */
  #end = 0;
  #endLines = 0;
  #endTexts = 0;
  #endSkipped = 0;

  constructor(settings: FindSettings, rule: JoinRule) {
    this.#settings = settings;
    this.#joiner = new LineJoiner(rule);
    this.longestTextBytes = rule.longestTextBytes;
  }

  get skipped(): number {
    return this.#endSkipped;
  }

  get openEnd(): number {
    return this.#openEnd;
  }

  fill(bytes: Buffer, from: number, most: number): number {
    const after = this.#take(bytes, from, most);
    this.#openEnd = after > this.#end ? after : 0;
    this.lines.cut(this.#endLines);
    this.firsts.length = this.#endTexts;
    return this.#end;
  }

  fillAll(bytes: Buffer, from: number): void {
    const after = this.#take(bytes, from, Number.POSITIVE_INFINITY);
    if (after < bytes.length) this.#takeLine(bytes, after, bytes.length, false);
    this.#complete(bytes.length, this.lines.count);
    this.#openEnd = 0;
  }

  /** Takes lines, and gives the place just after the last of them. */
  #take(bytes: Buffer, from: number, most: number): number {
    const { lineBreak } = this.#settings;
    this.lines.cut(0);
    this.firsts.length = 0;
    this.#skipped = 0;
    this.#joiner.close();
    this.#complete(from, 0);
    let begin = from;
    while (this.#endLines < most) {
      const after = afterLineFeed(bytes, begin, lineBreak);
      if (after >= 0) this.#takeLine(bytes, begin, after, true);
      // However the next line goes on, it may be too long for the open text.
      const leastEnd = (after < 0 ? bytes.length : after) + 1;
      if (!this.#joiner.mayGoOnTo(leastEnd))
        this.#complete(after < 0 ? begin : after, this.lines.count);
      if (after < 0) break;
      begin = after;
    }
    return begin;
  }

  #takeLine(bytes: Buffer, begin: number, end: number, isWhole: boolean): void {
    const { lines } = this;
    const { lineBreak, longestLineBytes } = this.#settings;
    const line = lines.count;
    lines.add(bytes, begin, isWhole ? end - unitBytes(lineBreak) : end, lineBreak);
    const isTooLong = isWhole && end - begin > longestLineBytes;
    const text = bytes.subarray(lines.begin(line), lines.end(line));
    if (this.#joiner.begins(text, begin, end)) {
      this.#complete(begin, line);
      if (!isTooLong) this.firsts.push(line);
      // What follows would have belonged to this line, not to the text before.
      else this.#joiner.close();
    }
    if (!isTooLong) return;
    lines.cut(line);
    this.#skipped += 1;
  }

  /** Texts are complete up to a place, and hold so many lines. */
  #complete(end: number, lines: number): void {
    this.#end = end;
    this.#endLines = lines;
    this.#endTexts = this.firsts.length;
    this.#endSkipped = this.#skipped;
  }
}
