import { MillraceError } from '../error.ts';
import type { SourceText } from './source.ts';

const spacing = /[ \t\r\n]+|#[^\r\n]*/y;
const blanks = /[ \t]*/y;
const lineEnd = /[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n|$)/y;

/** A place in the text of a file that moves forward while the text is read. */
export class Scanner {
  readonly source: SourceText;
  readonly text: string;
  at = 0;

  constructor(source: SourceText) {
    this.source = source;
    this.text = source.text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Whether the text goes on with these characters. */
  sees(characters: string): boolean {
    return this.text.startsWith(characters, this.at);
  }

  /** Steps over the match of a sticky pattern and gives it; undefined and no step when there is none. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match[0];
  }

  /** Steps over blanks, line breaks and comments. */
  skipSpacing(): void {
    while (this.take(spacing) !== undefined);
  }

  /** Steps over spaces and tabs. */
  skipBlanks(): void {
    this.take(blanks);
  }

  /** Steps over the end of the line, with a comment before it; false and no step when there is other text. */
  takeLineEnd(): boolean {
    return this.take(lineEnd) !== undefined;
  }

  /** @throws MR_CONFIG_SYNTAX when there is more on the line than a comment */
  expectLineEnd(after: string): void {
    if (this.takeLineEnd()) return;
    this.skipBlanks();
    throw this.fault(`text after ${after}`, 'expected the end of the line');
  }

  /** Steps over the plain text to the end of the line, but not over a comment and the blanks before it. */
  takeUnquoted(): void {
    const line = this.text.slice(this.at, this.source.lineEnd(this.at));
    const comment = /[ \t]#/.exec(line);
    this.stepTo(this.at + (comment === null ? line.length : comment.index));
  }

  /** Steps forward to `end`, but not over the blanks before it. */
  stepTo(end: number): void {
    let last = end;
    while (last > this.at && (this.text[last - 1] === ' ' || this.text[last - 1] === '\t'))
      last -= 1;
    this.at = last;
  }

  /** A fault in what is here, up to the end of the line or only as far as `end`. */
  fault(message: string, hint: string, start = this.at, end?: number): MillraceError {
    const at = this.source.place(start, end ?? this.source.lineEnd(start));
    return new MillraceError('MR_CONFIG_SYNTAX', message, { at, hint });
  }
}
