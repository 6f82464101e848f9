/** Bytes to copy from, with the view that makes short copies fast: made once, for many copies. */
export interface ByteSource {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** From here on a native copy, which costs 0.1 us whatever its length, beats four bytes at a time. */
const longCopy = 128;

/** Bytes as a source of copies. */
export function byteSource(bytes: Uint8Array): ByteSource {
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    bytes: Buffer.from(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
  };
}

/**
 * Puts pieces one behind another into bytes of their own. Who writes knows how many bytes come, and reserves room for
 * more than that. Four bytes at a time are copied three times as fast as one by one, and short pieces six times as
 * fast as by a native call.
 */
export class ByteWriter {
  bytes: Buffer;
  view: DataView;
  at = 0;
  /** Bytes of room beyond those that were announced. */
  #spare = 0;

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.view = new DataView(this.bytes.buffer, 0, length);
  }

  /** What was written. */
  get written(): Buffer {
    return this.at === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.at);
  }

  /** Makes room for so many bytes more than were announced. */
  reserve(length: number): void {
    if (length > this.#spare) this.#grow(length);
    this.#spare -= length;
  }

  /** Gives back room that was reserved and not used. */
  release(length: number): void {
    this.#spare += length;
  }

  byte(byte: number): void {
    this.bytes[this.at] = byte;
    this.at += 1;
  }

  /** Copies what was announced, or reserved for. */
  copy(source: ByteSource, begin: number, end: number): void {
    const length = end - begin;
    const { bytes: from, view: fromView } = source;
    const { bytes, view } = this;
    let at = this.at;
    this.at += length;
    if (length >= longCopy) {
      bytes.set(new Uint8Array(from.buffer, from.byteOffset + begin, length), at);
      return;
    }
    let index = begin;
    for (; index + 4 <= end; index += 4, at += 4) {
      view.setInt32(at, fromView.getInt32(index, true), true);
    }
    for (; index < end; index += 1, at += 1) bytes[at] = from[index] ?? 0;
  }

  #grow(length: number): void {
    // An eighth more each time: the whole cost of growing stays in proportion to what is written.
    const more = Math.max(length, this.bytes.length >>> 3);
    const grown = Buffer.allocUnsafeSlow(this.bytes.length + more);
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
    this.view = new DataView(grown.buffer, 0, grown.length);
    this.#spare += more;
  }
}
