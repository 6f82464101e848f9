import { Backlog, type ContentPart, type Cutter, partBytes } from './cutter.ts';

const lineFeed = 0x0a;

/** Cuts what an output's `format` made after line breaks, where there are any. Each line counts as an event. */
export class TextCutter implements Cutter {
  readonly fault = undefined;
  readonly #backlog: Backlog;

  /** `position`: where the first byte lies in the content. */
  constructor(position: number) {
    this.#backlog = new Backlog(position);
  }

  push(bytes: Uint8Array): ContentPart[] {
    return this.#backlog.add(bytes) ? this.#cut() : [];
  }

  finish(): ContentPart[] {
    this.#backlog.join();
    const parts = this.#cut();
    const { length } = this.#backlog.bytes;
    if (length > 0) parts.push(this.#part(length));
    return parts;
  }

  #cut(): ContentPart[] {
    const parts: ContentPart[] = [];
    while (this.#backlog.bytes.length > partBytes) {
      const lineEnd = this.#backlog.bytes.lastIndexOf(lineFeed, partBytes - 1) + 1;
      // Without a line break the cut does no harm: the parts are delivered joined again.
      parts.push(this.#part(lineEnd === 0 ? partBytes : lineEnd));
    }
    return parts;
  }

  #part(length: number): ContentPart {
    const { bytes, position } = this.#backlog;
    const content = bytes.subarray(0, length);
    this.#backlog.drop(length);
    return { content, count: countLines(content), begin: position, end: position + length };
  }
}

/** At least 1: a frame without events would be none. */
function countLines(bytes: Buffer): number {
  let count = 0;
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(lineFeed, start);
    count += 1;
    if (feed < 0) break;
    start = feed + 1;
  }
  return Math.max(1, count);
}
