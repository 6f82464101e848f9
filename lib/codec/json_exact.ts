import { MillraceError } from '../error.ts';
import { type EventValue, type MutableRecord, setField } from '../event/entry.ts';
import { LimitError } from './limit_error.ts';
import { depthLimit } from './msgpack_scanner.ts';

/**
 * Reads text that is known to be JSON once more, with integers exact: slower than `JSON.parse`, which keeps
 * 53 bits only and does not tell what it read.
 * @throws MR_CODEC when it is nested too deeply or has a number beyond all floats
 */
export function parseExactly(text: string): EventValue {
  return new ExactParser(text).value(0);
}

/** The same text with its comments blanked out. */
export function stripComments(text: string): string {
  return text.replace(commentOrString, (token) => {
    const isOpen = token.startsWith('/*') && (token.length < 4 || !token.endsWith('*/'));
    return isOpen || token.startsWith('"') ? token : ' ';
  });
}

/** The error for values that lie too deep in one another. */
export function nestedTooDeeply(): LimitError {
  return new LimitError('depth', `JSON nested deeper than ${depthLimit} levels`);
}

// A string or comment that is not closed ends the search: a slash in it is no comment, and from each of many
// open ones to the end would be far.
const commentOrString =
  /"[^"\\]*(?:\\.[^"\\]*)*(?:"|$)|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/|$)|\/\/[^\n]*/gs;

const quote = 0x22;
const backslash = 0x5c;

/** Nobody means more digits; reading them takes the square of their number. */
const mostDigits = 400;

class ExactParser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): EventValue {
    this.skipBlanks();
    switch (this.text.charAt(this.at)) {
      case '{':
        return this.record(depth);
      case '[':
        return this.list(depth);
      case '"':
        return this.string();
      case 't':
        this.at += 'true'.length;
        return true;
      case 'f':
        this.at += 'false'.length;
        return false;
      case 'n':
        this.at += 'null'.length;
        return null;
      default:
        return this.number();
    }
  }

  private record(depth: number): EventValue {
    if (depth >= depthLimit) throw nestedTooDeeply();
    const record: MutableRecord = {};
    this.at += 1;
    while (!this.isClosedBy('}')) {
      const key = this.string();
      this.skipBlanks();
      this.at += ':'.length;
      setField(record, key, this.value(depth + 1));
    }
    return record;
  }

  private list(depth: number): EventValue {
    if (depth >= depthLimit) throw nestedTooDeeply();
    const list: EventValue[] = [];
    this.at += 1;
    while (!this.isClosedBy(']')) list.push(this.value(depth + 1));
    return list;
  }

  /** Goes past the closing bracket, or past the comma and the blanks before the next value. */
  private isClosedBy(bracket: string): boolean {
    this.skipBlanks();
    const character = this.text.charAt(this.at);
    if (character === bracket || character === ',') this.at += 1;
    if (character === ',') this.skipBlanks();
    return character === bracket;
  }

  private string(): string {
    const start = this.at;
    this.at += 1;
    for (let code = this.code(); code !== quote; code = this.code()) {
      this.at += code === backslash ? 2 : 1;
    }
    this.at += 1;
    return JSON.parse(this.text.slice(start, this.at));
  }

  private number(): number | bigint {
    numberShape.lastIndex = this.at;
    const match = numberShape.exec(this.text);
    const token = match?.[0] ?? '';
    this.at += token.length;
    const float = Number(token);
    if (!Number.isFinite(float) || token.length > mostDigits) {
      throw new MillraceError(
        'MR_CODEC',
        `the number ${token.slice(0, 40)}... is beyond all floats`,
      );
    }
    if (match?.[1] !== '') return float;
    return Number.isSafeInteger(float) ? float + 0 : BigInt(token);
  }

  private code(): number {
    return this.text.charCodeAt(this.at);
  }

  private skipBlanks(): void {
    for (let code = this.code(); code === 32 || (code >= 9 && code <= 13); code = this.code()) {
      this.at += 1;
    }
  }
}

const numberShape = /-?\d+((?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
