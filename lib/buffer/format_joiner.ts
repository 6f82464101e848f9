/** Joins what `format` gives for one entry after another, texts as texts for as long as possible: that is fastest. */
export class FormatJoiner {
  /** Pieces since the last `take`. */
  count = 0;
  #bytes: Uint8Array[] = [];
  #text = '';
  /** No more bytes than this: a UTF-16 unit takes three at most. */
  #upperBytes = 0;

  /** Whether the piece would bring the whole beyond the limit. */
  exceeds(piece: string | Uint8Array, limitBytes: number): boolean {
    const isText = typeof piece === 'string';
    if (this.#upperBytes + (isText ? piece.length * 3 : piece.length) <= limitBytes) return false;
    this.#closeText();
    this.#upperBytes = 0;
    for (const each of this.#bytes) this.#upperBytes += each.length;
    return this.#upperBytes + (isText ? Buffer.byteLength(piece) : piece.length) > limitBytes;
  }

  add(piece: string | Uint8Array): void {
    this.count += 1;
    if (typeof piece === 'string') {
      this.#text += piece;
      this.#upperBytes += piece.length * 3;
      return;
    }
    this.#closeText();
    this.#bytes.push(piece);
    this.#upperBytes += piece.length;
  }

  /** All that was added, as bytes; the joiner starts anew. */
  take(): Uint8Array {
    this.#closeText();
    const [only] = this.#bytes;
    const joined =
      this.#bytes.length === 1 && only !== undefined ? only : Buffer.concat(this.#bytes);
    this.#bytes = [];
    this.count = 0;
    this.#upperBytes = 0;
    return joined;
  }

  #closeText(): void {
    if (this.#text === '') return;
    this.#bytes.push(Buffer.from(this.#text));
    this.#text = '';
  }
}
