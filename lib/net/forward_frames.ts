import { type Loan, sharedPool } from '../codec/byte_pool.ts';
import { decompress } from '../codec/decompress.ts';
import { tooHeavy } from '../codec/entry_codec.ts';
import { decodeFrame, type ForwardFrame } from '../codec/forward.ts';
import { JsonFrameSplitter } from '../codec/forward_json.ts';
import { LimitError } from '../codec/limit_error.ts';
import { MsgpackSplitter } from '../codec/msgpack_splitter.ts';
import { canZstd } from '../codec/zstd.ts';
import { MillraceError } from '../error.ts';
import { ForwardRefusal, type ForwardRefusals, type RefusalReason } from './forward_refusals.ts';

/** How long frames may be. */
export interface FrameLimits {
  /** Longer frames are passed over, without an answer. Undefined: they end the connection, if they are very long. */
  readonly frameBytes: number | undefined;
  /** Longer frames are told of. */
  readonly frameWarnBytes: number | undefined;
  /** What compressed entries may hold. */
  readonly decompressedBytes: number;
  /** What one may take once it is decoded. */
  readonly memoryBytes: number;
}

/** No frame is longer, whatever the settings: Fluentd's largest chunks take half of it. */
const longestFrameBytes = 512 * 1024 * 1024;
/** JSON takes up to so many times its length while it is read. */
const jsonExpansion = 64;
const longestTag = 4096;
/** Who sends more values that are no frames does not speak the forward protocol. */
const mostStrays = 64;

/** Cuts bytes into values. */
interface Splitter {
  push(chunk: Uint8Array, release?: () => void): void;
  next(): Buffer | undefined;
  absorb?(chunk: Buffer): number;
  readonly isBetweenValues: boolean;
  readonly heldBytes: number;
  /** What the value that `next` gave takes once it is decoded, besides its bytes. */
  readonly weightBytes: number;
  /** Gives its memory back, if it is used again. */
  readonly loan?: Pick<Loan, 'release'> | undefined;
}

/** The frames in the bytes of one connection. */
export class ForwardFrames {
  private readonly limits: FrameLimits;
  private readonly refusals: ForwardRefusals;
  private readonly client: string;
  private readonly splitter: Splitter;
  private strays = 0;

  constructor(speaksJson: boolean, limits: FrameLimits, refusals: ForwardRefusals, client: string) {
    this.limits = limits;
    this.refusals = refusals;
    this.client = client;
    this.splitter = speaksJson ? this.jsonSplitter() : this.msgpackSplitter();
  }

  /** Whether the bytes so far end with a complete frame. */
  get isBetweenFrames(): boolean {
    return this.splitter.isBetweenValues;
  }

  /** Bytes of memory that the beginning of a frame takes until the rest has come. */
  get heldBytes(): number {
    return this.splitter.heldBytes;
  }

  /** Gives the memory of what `cut` gave last back, if it is used again. */
  get loan(): Pick<Loan, 'release'> | undefined {
    return this.splitter.loan;
  }

  /** Takes the next bytes, once `cut` gave undefined; they must not be changed afterwards, or not before they are given back by `release`. */
  push(chunk: Uint8Array, release?: () => void): void {
    this.splitter.push(chunk, release);
  }

  /** Takes those of the next bytes that are only more of a frame that goes on behind them, and gives how many. */
  absorb(chunk: Buffer): number {
    return this.splitter.absorb?.(chunk) ?? 0;
  }

  /** The bytes of the next complete value; undefined when more are needed. @throws MR_CODEC */
  cut(): Buffer | undefined {
    const { splitter, limits } = this;
    const bytes = splitter.next();
    if (bytes !== undefined && splitter.weightBytes > limits.memoryBytes) {
      throw tooHeavy(limits.memoryBytes);
    }
    return bytes;
  }

  /**
   * The frame in such bytes; undefined for a heartbeat, and for what is no frame.
   * @throws MR_CODEC, and ForwardRefusal when there is too much that is no frame
   */
  decode(bytes: Buffer): ForwardFrame | undefined {
    const { frameWarnBytes } = this.limits;
    if (frameWarnBytes !== undefined && bytes.length > frameWarnBytes) {
      this.refusals.isLong(this.client, bytes.length);
    }
    try {
      const frame = decodeFrame(bytes);
      if (frame?.tag !== undefined) checkTag(frame.tag);
      return frame;
    } catch (error) {
      if (!(error instanceof MillraceError && error.code === 'MR_PROTOCOL')) throw error;
      this.passOver(error.message);
      return undefined;
    }
  }

  /**
   * The frame with its entries decompressed, if they are compressed. `onGrown` is told of the memory that it takes,
   * and may throw. @throws ForwardRefusal
   */
  async decompress(frame: ForwardFrame, onGrown: (bytes: number) => void): Promise<ForwardFrame> {
    const compression = compressionOf(frame);
    if (compression === 'zstd' && !canZstd) {
      const message = 'entries are compressed by zstd, which needs Node 22.15 or later';
      throw new ForwardRefusal('unknown_compression', message);
    }
    const limits = { limitBytes: this.limits.decompressedBytes, onGrown };
    try {
      return { ...frame, body: await decompress(frame.body, compression, limits) };
    } catch (error) {
      if (error instanceof LimitError) {
        throw new ForwardRefusal('decompressed_too_long', error.message, error);
      }
      throw refusalOf('damaged', error);
    }
  }

  /** A value that is no frame: clients of other kinds send some now and then, as Fluentd lets them. */
  private passOver(what: string): void {
    this.strays += 1;
    const message = `a client sent what is no frame of the forward protocol: ${what}`;
    if (this.strays > mostStrays) throw new ForwardRefusal('no_frame', message);
    this.refusals.refused(this.client, 'no_frame', message);
  }

  private jsonSplitter(): Splitter {
    const { frameBytes, memoryBytes } = this.limits;
    const longestBytes = Math.floor(memoryBytes / jsonExpansion);
    return new JsonFrameSplitter(Math.min(frameBytes ?? longestBytes, longestBytes));
  }

  private msgpackSplitter(): Splitter {
    const { frameBytes } = this.limits;
    if (frameBytes === undefined) {
      return new MsgpackSplitter(longestFrameBytes, undefined, sharedPool);
    }
    const onOversized = (sizeBytes: number): void => {
      const message = 'a frame longer than `chunk_size_limit` was dropped';
      this.refusals.refused(this.client, 'too_long', message, {
        sizeBytes,
        limitBytes: frameBytes,
      });
    };
    return new MsgpackSplitter(frameBytes, onOversized, sharedPool);
  }
}

/** A tag is kept with each chunk, and may be looked for in patterns. */
function checkTag(tag: string): void {
  if (tag.length <= longestTag) return;
  throw new ForwardRefusal('long_tag', `a tag of ${tag.length} characters is too long`);
}

/** Whether its entries are compressed. */
export function isCompressed({ mode, options }: ForwardFrame): boolean {
  const { compressed } = options;
  return mode === 'packed' && compressed !== undefined && compressed !== 'text';
}

/** As in Fluentd, what is not said to be Zstandard is taken for gzip. */
function compressionOf({ options }: ForwardFrame): 'gzip' | 'zstd' {
  return options.compressed === 'zstd' ? 'zstd' : 'gzip';
}

const limitReasons = {
  length: 'too_long',
  depth: 'too_deep',
  weight: 'too_heavy',
} as const;

/** An error of reading bytes from outside as a refusal, for `reason` unless it tells a better one; any other stays as it is. */
export function refusalOf(reason: RefusalReason, error: unknown): unknown {
  if (!(error instanceof MillraceError) || error.code !== 'MR_CODEC') return error;
  const found = error instanceof LimitError ? limitReasons[error.limit] : reason;
  return new ForwardRefusal(found, error.message, error);
}
