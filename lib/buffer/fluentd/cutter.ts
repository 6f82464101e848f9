/** A range of a chunk's content as Fluentd wrote it, before any compression: from `begin` up to, not including, `end`. */
export interface ContentRange {
  readonly begin: number;
  readonly end: number;
}

/** A part of a chunk's content that becomes one frame: whole entries, or text. */
export interface ContentPart extends ContentRange {
  readonly content: Uint8Array;
  readonly count: number;
}

/** Where the content stops being what it should be. */
export interface ContentFault {
  readonly at: number;
  readonly reason: string;
}

/**
 * Cuts content, as it comes, into parts of no more than `partBytes` where events allow it. From the same beginning the
 * cuts are the same, however the bytes come.
 */
export interface Cutter {
  /** The parts that are complete now. */
  push(bytes: Uint8Array): ContentPart[];
  /** The part that is left when all bytes have come. */
  finish(): ContentPart[];
  /** Set once nothing more can be read. */
  readonly fault: ContentFault | undefined;
}

/** The size of parts. */
export const partBytes = 4 * 1024 * 1024;

/** Bytes that have come and are not yet given out, joined as seldom as can be. */
export class Backlog {
  bytes: Buffer = Buffer.alloc(0);
  /** Where `bytes` begins in the content. */
  position: number;
  #more: Uint8Array[] = [];
  #moreBytes = 0;
  #wantedBytes = partBytes;

  /** `position`: where the first byte lies in the content. */
  constructor(position: number) {
    this.position = position;
  }

  /** Takes bytes; true when there are enough to be looked at. */
  add(bytes: Uint8Array): boolean {
    this.#more.push(bytes);
    this.#moreBytes += bytes.length;
    if (this.bytes.length + this.#moreBytes <= this.#wantedBytes) return false;
    this.join();
    return true;
  }

  /** Brings all that has come into `bytes`. */
  join(): void {
    if (this.#more.length > 0) this.bytes = Buffer.concat([this.bytes, ...this.#more]);
    this.#more = [];
    this.#moreBytes = 0;
  }

  /** Lets go of what was given out. What is left is looked at again when it has doubled. */
  drop(length: number): void {
    this.bytes = this.bytes.subarray(length);
    this.position += length;
    this.#wantedBytes = Math.max(partBytes, 2 * this.bytes.length);
  }
}
