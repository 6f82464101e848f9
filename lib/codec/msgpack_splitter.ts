import { MillraceError } from '../error.ts';
import { asBuffer } from './bytes.ts';
import { frameDepthLimit, MsgpackScanner } from './msgpack_scanner.ts';

/** Room behind a value of known length, for what usually follows it in a frame (an option map). */
const slackBytes = 512;
/** A claimed length up to this is believed when room is made; beyond it, room only doubles what has come. */
const believedBytes = 16 * 1024 * 1024;
const empty: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream of MessagePack into its values, wherever the stream was split. No byte is scanned twice, and
 * memory grows with the bytes that came, not with the lengths they claim.
 *
 * A value longer than `limitBytes` is an error; with `onOversized` it is skipped instead, without being kept,
 * and the callback is told its length.
 */
export class MsgpackSplitter {
  private readonly limitBytes: number;
  private readonly onOversized: ((sizeBytes: number) => void) | undefined;
  private readonly scanner = new MsgpackScanner(frameDepthLimit);
  private buffer = empty;
  private begin = 0;
  private end = 0;
  /** Whether there may be room behind `end` that is ours to write to. */
  private isOwn = false;
  private skippedBytes = 0;

  constructor(limitBytes: number, onOversized?: (sizeBytes: number) => void) {
    this.limitBytes = limitBytes;
    this.onOversized = onOversized;
    this.scanner.begin(0);
  }

  /** Bytes of a value that is not complete yet. */
  get pendingBytes(): number {
    return this.end - this.begin;
  }

  /** Whether the stream so far ends with a complete value. */
  get isBetweenValues(): boolean {
    return this.pendingBytes === 0 && this.scanner.offset === this.end && this.skippedBytes === 0;
  }

  /** Takes the next bytes of the stream; they must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    const pending = this.end - this.begin;
    if (pending === 0) {
      this.rebase(asBuffer(chunk), chunk.length, false);
    } else {
      if (!this.isOwn || this.end + chunk.length > this.buffer.length) {
        const expected = Math.min(this.scanner.offset - this.begin, believedBytes);
        const room = Math.max(pending + chunk.length, expected, pending * 2) + slackBytes;
        const own = Buffer.allocUnsafeSlow(room);
        this.buffer.copy(own, 0, this.begin, this.end);
        this.rebase(own, pending, true);
      }
      this.buffer.set(chunk, this.end);
      this.end += chunk.length;
    }
  }

  /**
   * The next complete value, as a view that stays valid; undefined when more bytes are needed.
   * @throws MR_CODEC when the bytes are not MessagePack, or a value is too long (without `onOversized`).
   */
  next(): Buffer | undefined {
    while (this.begin < this.end) {
      const isComplete = this.scanner.run(this.buffer, this.end);
      const { offset } = this.scanner;
      const sizeBytes = this.skippedBytes + offset - this.begin;
      const isOversized = sizeBytes > this.limitBytes;
      if (isOversized && this.onOversized === undefined) {
        throw new MillraceError(
          'MR_CODEC',
          `a MessagePack value of at least ${sizeBytes} bytes exceeds the limit of ${this.limitBytes}`,
        );
      }
      if (!isComplete) {
        if (isOversized) this.skipTo(Math.min(offset, this.end));
        break;
      }
      const frame = this.buffer.subarray(this.begin, offset);
      this.begin = offset;
      this.scanner.begin(offset);
      this.skippedBytes = 0;
      if (!isOversized) return frame;
      this.onOversized?.(sizeBytes);
    }
    if (this.begin === this.end) this.rebase(empty, 0, false);
    return undefined;
  }

  private skipTo(offset: number): void {
    this.skippedBytes += offset - this.begin;
    this.begin = offset;
  }

  /** Goes on in another buffer, which holds the pending bytes from its start. */
  private rebase(buffer: Buffer, end: number, isOwn: boolean): void {
    this.scanner.offset -= this.begin;
    this.buffer = buffer;
    this.begin = 0;
    this.end = end;
    this.isOwn = isOwn;
  }
}
