import type { EventValue } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { TimeParser } from '../event/time_parse.ts';
import { parseJson } from './json.ts';

/** How the time field of lines is read. */
export interface JsonTimeSetup {
  /** Reads a value as a time. @throws MR_TIME when it is none */
  readonly readTime: TimeParser;
  /** What plain numbers are known to mean: seconds, with or without their fraction; undefined: ask `readTime`. */
  readonly seconds: 'whole' | 'fraction' | undefined;
}

const quote = 0x22;
const backslash = 0x5c;
const dot = 0x2e;
const zero = 0x30;
/** Fewer digits than an integer could lose. */
const mostDigits = 15;

/**
 * Reads times out of the bytes of JSON values: plain seconds at once, and whatever else as it is read of a
 * record, but once only where it is the same from line to line.
 */
export class JsonTimeReader {
  sec = 0;
  nsec = 0;
  readonly #setup: JsonTimeSetup;
  readonly #bytes: Buffer;
  /** Where the value was that was read last, and what it was: undefined when it was no time. */
  #begin = 0;
  #end = 0;
  #last: EventTime | undefined;

  constructor(bytes: Buffer, setup: JsonTimeSetup) {
    this.#bytes = bytes;
    this.#setup = setup;
  }

  /** Reads the value between two places into `sec` and `nsec`; false when it is no time. */
  read(begin: number, end: number): boolean {
    if (this.#setup.seconds !== undefined && this.#readSeconds(begin, end)) return true;
    if (!this.#isSame(begin, end)) {
      this.#begin = begin;
      this.#end = end;
      this.#last = this.#tryRead(begin, end);
    }
    if (this.#last === undefined) return false;
    this.sec = this.#last.sec;
    this.nsec = this.#last.nsec;
    return true;
  }

  /** Digits, with a dot in between or none. */
  #readSeconds(begin: number, end: number): boolean {
    const bytes = this.#bytes;
    let at = begin;
    let sec = 0;
    for (; at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      sec = sec * 10 + digit;
    }
    if (at - begin > mostDigits) return false;
    let nsec = 0;
    if (at < end) {
      if (bytes[at] !== dot) return false;
      let unit = 100_000_000;
      for (at += 1; at < end; at += 1) {
        const digit = (bytes[at] ?? 0) - zero;
        if (digit < 0 || digit > 9) return false;
        nsec += digit * unit;
        unit = Math.floor(unit / 10);
      }
    }
    this.sec = sec;
    this.nsec = this.#setup.seconds === 'whole' ? 0 : nsec;
    return true;
  }

  #isSame(begin: number, end: number): boolean {
    const length = this.#end - this.#begin;
    if (length === 0 || end - begin !== length) return false;
    const bytes = this.#bytes;
    const back = begin - this.#begin;
    for (let at = begin; at < end; at += 1) if (bytes[at] !== bytes[at - back]) return false;
    return true;
  }

  #tryRead(begin: number, end: number): EventTime | undefined {
    try {
      const { sec, nsec } = this.#setup.readTime(this.#valueOf(begin, end));
      return new EventTime(sec, nsec);
    } catch {
      // Whoever is told that the line does not match finds out why.
      return undefined;
    }
  }

  #valueOf(begin: number, end: number): EventValue {
    const bytes = this.#bytes;
    const isText = bytes[begin] === quote && !bytes.subarray(begin, end).includes(backslash);
    return isText
      ? bytes.toString('utf8', begin + 1, end - 1)
      : parseJson(bytes.toString('utf8', begin, end));
  }
}
