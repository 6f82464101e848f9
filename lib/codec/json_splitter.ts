import { MillraceError } from '../error.ts';
import { asBuffer } from './bytes.ts';
import { LimitError } from './limit_error.ts';

const empty: Buffer = Buffer.alloc(0);
/** Shorter parts of a value are joined: each alone takes more memory than it has bytes. */
const shortPartBytes = 16 * 1024;

/**
 * Cuts a stream of bytes into JSON values that follow one another, `{"a":1}{"b":2}`, wherever the stream was
 * split. It only finds where values end; whether they are JSON, their parser tells. No byte is looked at twice.
 */
export class JsonSplitter {
  private readonly limitBytes: number;
  private parts: Buffer[] = [];
  private partsBytes = 0;
  private chunk = empty;
  /** Where the value begins, and how far it is read. */
  private begin = 0;
  private at = 0;
  /** The closing brackets that are awaited, innermost last. */
  private readonly closers: number[] = [];
  private within: 'nothing' | 'brackets' | 'string' | 'escape' | 'word' = 'nothing';

  /** A value longer than `limitBytes` is an error. */
  constructor(limitBytes = Number.POSITIVE_INFINITY) {
    this.limitBytes = limitBytes;
  }

  /** Whether the stream so far ends with a complete value. */
  get isBetweenValues(): boolean {
    return this.within === 'nothing' && this.at === this.chunk.length;
  }

  /** Bytes of memory that the beginning of a value takes until the rest has come. */
  get heldBytes(): number {
    return this.isBetweenValues ? 0 : this.partsBytes + this.chunk.length;
  }

  /** Takes the next bytes of the stream, once `next` gave undefined; they must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    this.keepRest();
    this.chunk = asBuffer(chunk);
    this.begin = 0;
    this.at = 0;
  }

  /** The bytes of the next complete value; undefined when more are needed. @throws MR_CODEC when one is too long. */
  next(): Buffer | undefined {
    while (this.at < this.chunk.length) {
      const isComplete = this.step(this.chunk[this.at] ?? 0);
      if (isComplete) return this.take();
    }
    this.checkLimit();
    return undefined;
  }

  /**
   * The last value, when it is a number or a word, which only the end of the stream ends.
   * @throws MR_CODEC when the stream ends within a value.
   */
  finish(): Buffer | undefined {
    if (this.within === 'word') return this.take();
    if (this.within === 'nothing') return undefined;
    throw new MillraceError('MR_CODEC', 'the JSON ends within a value');
  }

  /** Reads one byte; true when the value ends before `at`. */
  private step(byte: number): boolean {
    switch (this.within) {
      case 'string':
        this.at += 1;
        if (byte === 0x5c) this.within = 'escape';
        if (byte !== 0x22) return false;
        return this.leave();
      case 'escape':
        this.at += 1;
        this.within = 'string';
        return false;
      case 'word':
        if (isBlank(byte) || isBracket(byte) || byte === 0x22) return true;
        this.at += 1;
        return false;
      default:
        return this.stepBetween(byte);
    }
  }

  private stepBetween(byte: number): boolean {
    this.at += 1;
    if (byte === 0x22) this.within = 'string';
    else if (isBracket(byte)) {
      // 0x5b and 0x7b open; what closes them is 2 more. A bracket that closes nothing ends what is no JSON.
      if ((byte & 0x06) === 0x02) this.closers.push(byte + 2);
      else if (this.closers.pop() !== byte) this.closers.length = 0;
      return this.leave();
    } else if (this.closers.length === 0) {
      if (isBlank(byte)) this.begin = this.at;
      else this.within = 'word';
    }
    return false;
  }

  /** What lies around a string or behind a bracket; true when it is the outside. */
  private leave(): boolean {
    const isWithin = this.closers.length > 0;
    this.within = isWithin ? 'brackets' : 'nothing';
    return !isWithin;
  }

  private take(): Buffer {
    this.keepRest();
    const value = this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
    this.checkLimit();
    this.parts = [];
    this.partsBytes = 0;
    this.within = 'nothing';
    return value ?? empty;
  }

  /** Puts aside what is read of the value. */
  private keepRest(): void {
    if (this.at > this.begin) {
      this.keepPart(this.chunk.subarray(this.begin, this.at));
      this.partsBytes += this.at - this.begin;
    }
    this.begin = this.at;
  }

  /** Joined with those before it that are not longer, so that each byte is copied few times. */
  private keepPart(part: Buffer): void {
    const { parts } = this;
    let joined = part;
    while (joined.length < shortPartBytes) {
      const last = parts.at(-1);
      if (last === undefined || last.length > joined.length) break;
      parts.pop();
      joined = Buffer.concat([last, joined]);
    }
    parts.push(joined);
  }

  private checkLimit(): void {
    const length = this.partsBytes + this.at - this.begin;
    if (length <= this.limitBytes) return;
    throw new LimitError('length', `a JSON value exceeds the limit of ${this.limitBytes} bytes`);
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isBracket(byte: number): boolean {
  return byte === 0x7b || byte === 0x7d || byte === 0x5b || byte === 0x5d;
}
