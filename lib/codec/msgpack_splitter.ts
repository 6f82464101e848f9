import { MillraceError } from '../error.ts';
import { type BytePool, type Loan, SharedLoan } from './byte_pool.ts';
import { asBuffer } from './bytes.ts';
import { LimitError } from './limit_error.ts';
import { frameDepthLimit, MsgpackScanner } from './msgpack_scanner.ts';

/** Room behind a value of known length, for what usually follows it in a frame (an option map). */
const slackBytes = 512;
/** A claimed length up to so many times what has come is believed when room is made. */
const beliefRatio = 16;
const believedBytes = 16 * 1024 * 1024;
const empty: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream of MessagePack into its values, wherever the stream was split. No byte is scanned twice, and
 * memory grows with the bytes that came, not with the lengths they claim.
 *
 * With a `pool`, longer values are put together in memory of it.
 *
 * A value longer than `limitBytes` is an error; with `onOversized` it is skipped instead, without being kept,
 * and the callback is told its length.
 */
export class MsgpackSplitter {
  private readonly limitBytes: number;
  private readonly onOversized: ((sizeBytes: number) => void) | undefined;
  private readonly pool: BytePool | undefined;
  private readonly scanner = new MsgpackScanner(frameDepthLimit);
  private buffer = empty;
  private begin = 0;
  private end = 0;
  /** Whether there may be room behind `end` that is ours to write to. */
  private isOwn = false;
  /** Where the buffer is from, if it is pooled. */
  private bufferLoan: SharedLoan | undefined;
  /** Bytes of the stream that follow those in the buffer. */
  private queued: Buffer = empty;
  private queuedLoan: SharedLoan | undefined;
  private skippedBytes = 0;

  constructor(limitBytes: number, onOversized?: (sizeBytes: number) => void, pool?: BytePool) {
    this.limitBytes = limitBytes;
    this.onOversized = onOversized;
    this.pool = pool;
    this.scanner.begin(0);
  }

  /** What the value that `next` gave last takes once it is decoded, besides its bytes. */
  weightBytes = 0;

  /** Gives the memory of the value that `next` gave last back, if it is pooled: undefined else. */
  loan: Pick<Loan, 'release'> | undefined;

  /** Bytes that came and were not given out yet. */
  get pendingBytes(): number {
    return this.end - this.begin + this.queued.length;
  }

  /** Bytes of memory that the beginning of a value takes until the rest has come. */
  get heldBytes(): number {
    return this.pendingBytes === 0 ? 0 : this.buffer.length + this.queued.length;
  }

  /** Whether the stream so far ends with a complete value. */
  get isBetweenValues(): boolean {
    return this.pendingBytes === 0 && this.scanner.offset === this.end && this.skippedBytes === 0;
  }

  /** Takes the next bytes of the stream; they must not be changed afterwards, or not before they are given back by `release`. */
  push(chunk: Uint8Array, release?: () => void): void {
    const bytes = asBuffer(chunk);
    const isFirst = this.queued.length === 0;
    this.queued = isFirst ? bytes : Buffer.concat([this.queued, bytes]);
    this.queuedLoan = isFirst && release !== undefined ? new SharedLoan(release) : undefined;
  }

  /**
   * Takes those of the next bytes that lie within a value that has begun and goes on behind them: nothing is
   * complete then that was not before. Gives how many; the others must be pushed.
   */
  absorb(chunk: Buffer): number {
    if (!this.isOwn || this.queued.length > 0) return 0;
    const withinBytes = Math.min(this.scanner.offset - 1, this.buffer.length) - this.end;
    const taken = Math.min(Math.max(withinBytes, 0), chunk.length);
    chunk.copy(this.buffer, this.end, 0, taken);
    this.end += taken;
    return taken;
  }

  /**
   * The next complete value, as a view that stays valid; undefined when more bytes are needed.
   * @throws MR_CODEC when the bytes are not MessagePack, or a value is too long (without `onOversized`).
   */
  next(): Buffer | undefined {
    while (this.begin < this.end || this.takeQueued()) {
      const isComplete = this.scanner.run(this.buffer, this.end);
      const { offset } = this.scanner;
      const sizeBytes = this.skippedBytes + offset - this.begin;
      const isOversized = sizeBytes > this.limitBytes;
      if (isOversized && this.onOversized === undefined) {
        throw new LimitError(
          'length',
          `a MessagePack value of at least ${sizeBytes} bytes exceeds the limit of ${this.limitBytes}`,
        );
      }
      if (!isComplete) {
        if (isOversized) this.skipTo(Math.min(offset, this.end));
        if (this.takeQueued()) continue;
        return undefined;
      }
      const frame = this.buffer.subarray(this.begin, offset);
      this.begin = offset;
      this.weightBytes = this.scanner.weightBytes;
      this.scanner.begin(offset);
      this.skippedBytes = 0;
      if (isOversized) {
        this.onOversized?.(sizeBytes);
        continue;
      }
      this.bufferLoan?.use();
      this.loan = this.bufferLoan;
      return frame;
    }
    return undefined;
  }

  /** Nothing more comes. @throws MR_CODEC when the stream ends within a value. */
  finish(): void {
    if (this.isBetweenValues) return;
    const message = `the stream ends within a MessagePack value, ${this.pendingBytes} bytes into it`;
    throw new MillraceError('MR_CODEC', message);
  }

  /**
   * Goes on with the queued bytes; false when there are none. They are copied only behind the beginning of a
   * value, and only as far as the value goes: the next one is then read where it came.
   */
  private takeQueued(): boolean {
    const pending = this.end - this.begin;
    const { queued } = this;
    if (queued.length === 0) {
      if (pending === 0) this.rebase(empty, 0);
      return false;
    }
    if (pending === 0) {
      this.queued = empty;
      this.rebase(queued, queued.length, false, this.queuedLoan);
      this.queuedLoan = undefined;
      return true;
    }
    if (!this.isOwn || this.end === this.buffer.length) {
      const room = roomFor(pending, queued.length, this.scanner.offset - this.begin);
      const pool = this.pool;
      const memory = pool?.take(room) ?? Buffer.allocUnsafeSlow(room);
      const own = memory.subarray(0, room);
      this.buffer.copy(own, 0, this.begin, this.end);
      this.rebase(own, pending, true, pool && new SharedLoan(() => pool.give(memory)));
    }
    const copied = Math.min(queued.length, this.buffer.length - this.end);
    queued.copy(this.buffer, this.end, 0, copied);
    this.end += copied;
    this.queued = queued.subarray(copied);
    if (copied === queued.length) {
      this.queued = empty;
      this.queuedLoan?.release();
      this.queuedLoan = undefined;
    }
    return true;
  }

  private skipTo(offset: number): void {
    this.skippedBytes += offset - this.begin;
    this.begin = offset;
  }

  /** Goes on in another buffer, which holds the pending bytes from its start. */
  private rebase(buffer: Buffer, end: number, isOwn = false, loan?: SharedLoan): void {
    this.bufferLoan?.release();
    this.bufferLoan = loan;
    this.scanner.offset -= this.begin;
    this.buffer = buffer;
    this.begin = 0;
    this.end = end;
    this.isOwn = isOwn;
  }
}

/** How much room to make for a value that claims to go on to `claimed`: for all of it, or for more and more. */
function roomFor(pending: number, queued: number, claimed: number): number {
  const believed = Math.min((pending + queued) * beliefRatio, believedBytes);
  const expected = Math.min(claimed, Math.max(believed, pending * 2));
  return Math.max(expected + slackBytes, Math.ceil(pending * 1.5));
}
