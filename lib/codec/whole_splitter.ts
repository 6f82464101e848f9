import { MillraceError } from '../error.ts';
import { asBuffer } from './bytes.ts';

/** Takes a stream of bytes as one text: what comes is kept until there is nothing more to come. */
export class WholeSplitter {
  readonly #limitBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Takes the next bytes; they must not be changed afterwards. @throws MR_CODEC when they are too many */
  push(bytes: Uint8Array): void {
    this.#pieces.push(asBuffer(bytes));
    this.#bytes += bytes.length;
    if (this.#bytes <= this.#limitBytes) return;
    const message = `a stream that is read as a whole exceeds the limit of ${this.#limitBytes} bytes`;
    throw new MillraceError('MR_CODEC', message);
  }

  /** The whole stream, once it is over, if it is not empty. */
  next(): Buffer | undefined {
    if (!this.#isOver || this.#bytes === 0) return undefined;
    this.#bytes = 0;
    return Buffer.concat(this.#pieces.splice(0));
  }

  /** Nothing more comes. */
  finish(): void {
    this.#isOver = true;
  }
}
