import {
  containerMagic,
  damaged,
  isContainer,
  largestBlockBytes,
  syncBytes,
} from './avro_container.ts';
import { asBuffer } from './bytes.ts';

const largestHeadBytes = 4 * 1024 * 1024;

/**
 * Cuts a stream of bytes into what can be read as Avro by itself, wherever the stream was split: each block of a
 * container, with the container's head before it. A stream that is no container is one text, complete at its end.
 * Memory grows with the bytes that came, not with the lengths they claim.
 */
export class AvroSplitter {
  #pieces: Buffer[] = [];
  #length = 0;
  /** With fewer bytes there is nothing to be seen. */
  #wanted = containerMagic.length;
  #head: Buffer | undefined;
  #isEnded = false;

  /** Takes the next bytes of the stream; they must not be changed afterwards. */
  push(bytes: Uint8Array): void {
    this.#pieces.push(asBuffer(bytes));
    this.#length += bytes.length;
  }

  /** @throws MR_CODEC when a container is damaged or cut off, or a part of it is too long */
  next(): Buffer | undefined {
    while (this.#length >= this.#wanted) {
      const bytes = this.#joined();
      if (this.#head !== undefined) {
        const block = this.#take(bytes, blockEnd(bytes));
        if (block !== undefined) return Buffer.concat([this.#head, block]);
      } else if (isContainer(bytes)) {
        this.#head = this.#take(bytes, headEnd(bytes));
      } else {
        this.#wanted = Number.POSITIVE_INFINITY;
      }
    }
    return this.#isEnded && this.#length > 0 ? this.#rest() : undefined;
  }

  /** Nothing more comes. */
  finish(): void {
    this.#isEnded = true;
  }

  #rest(): Buffer {
    const bytes = this.#joined();
    if (this.#head !== undefined || isContainer(bytes)) throw damaged('it ends early');
    return this.#cut(bytes.length);
  }

  /** What ends at `end`, or undefined when that is not there yet. */
  #take(bytes: Buffer, end: number | undefined): Buffer | undefined {
    if (end === undefined || end > bytes.length) {
      this.#wanted = end ?? bytes.length + 1;
      return undefined;
    }
    this.#wanted = 1;
    return this.#cut(end);
  }

  #cut(end: number): Buffer {
    const bytes = this.#joined();
    this.#pieces = [bytes.subarray(end)];
    this.#length -= end;
    return bytes.subarray(0, end);
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    if (first !== undefined && this.#pieces.length === 1) return first;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }
}

/** Where the head of a container ends; undefined when too little of it is there to tell. */
function headEnd(bytes: Buffer): number | undefined {
  const lengths = new Lengths(bytes, containerMagic.length);
  for (let count = lengths.next(); count !== undefined; count = lengths.next()) {
    if (count === 0) return lengths.offset + syncBytes;
    // A negative count of a map is followed by its length in bytes.
    if (count < 0) lengths.next();
    for (let texts = 2 * Math.abs(count); texts > 0 && lengths.skip(); ) texts -= 1;
  }
  if (bytes.length > largestHeadBytes) throw damaged('its head is too long');
  return undefined;
}

/** Where the first block ends; undefined likewise. */
function blockEnd(bytes: Buffer): number | undefined {
  const lengths = new Lengths(bytes, 0);
  const count = lengths.next();
  const length = lengths.next();
  if (count === undefined || length === undefined) return undefined;
  if (count < 0 || length < 0 || length > largestBlockBytes) {
    throw damaged(`a block of ${count} records in ${length} bytes`);
  }
  return lengths.offset + length + syncBytes;
}

/** Reads Avro's integers as long as there are bytes. */
class Lengths {
  offset: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /** The next integer; undefined when it is not there. */
  next(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 0x80) {
      const byte = this.#bytes[this.offset];
      if (byte === undefined) return undefined;
      this.offset += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw damaged('a length beyond measure');
  }

  /** Skips a text with its length before it; false when its end is not there. */
  skip(): boolean {
    const length = this.next();
    if (length === undefined) return false;
    if (length < 0) throw damaged(`a text of ${length} bytes`);
    this.offset += length;
    return this.offset < this.#bytes.length;
  }
}
