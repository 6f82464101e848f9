import { MillraceError } from '../error.ts';
import { asBuffer } from './bytes.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const empty: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into lines, wherever the stream was split; a line is given without its line feed, and
 * without a carriage return before that. No byte is looked at twice.
 */
export class LineSplitter {
  private readonly limitBytes: number;
  private parts: Buffer[] = [];
  private partsBytes = 0;
  private chunk = empty;
  private begin = 0;

  /** A line longer than `limitBytes` is an error. */
  constructor(limitBytes = Number.POSITIVE_INFINITY) {
    this.limitBytes = limitBytes;
  }

  /** Takes the next bytes of the stream; they must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (this.chunk.includes(lineFeed, this.begin)) {
      this.chunk = Buffer.concat([this.chunk.subarray(this.begin), chunk]);
    } else {
      this.keepRest();
      this.chunk = asBuffer(chunk);
    }
    this.begin = 0;
  }

  /** The next complete line; undefined when more bytes are needed. @throws MR_CODEC when a line is too long. */
  next(): Buffer | undefined {
    const feed = this.chunk.indexOf(lineFeed, this.begin);
    if (feed < 0) {
      this.keepRest();
      this.checkLimit(this.partsBytes);
      return undefined;
    }
    let line = this.chunk.subarray(this.begin, feed);
    this.begin = feed + 1;
    if (this.parts.length > 0) line = this.join(line);
    this.checkLimit(line.length);
    const isDos = line.length > 0 && line[line.length - 1] === carriageReturn;
    return isDos ? line.subarray(0, -1) : line;
  }

  /** What follows the last line, once `next` has given all of them; undefined when there is nothing. */
  rest(): Buffer | undefined {
    this.keepRest();
    return this.parts.length > 0 ? this.join(empty) : undefined;
  }

  private keepRest(): void {
    if (this.begin < this.chunk.length) {
      this.parts.push(this.chunk.subarray(this.begin));
      this.partsBytes += this.chunk.length - this.begin;
    }
    this.chunk = empty;
    this.begin = 0;
  }

  private join(last: Buffer): Buffer {
    const line = Buffer.concat([...this.parts, last]);
    this.parts = [];
    this.partsBytes = 0;
    return line;
  }

  private checkLimit(length: number): void {
    if (length <= this.limitBytes) return;
    throw new MillraceError('MR_CODEC', `a line exceeds the limit of ${this.limitBytes} bytes`);
  }
}
