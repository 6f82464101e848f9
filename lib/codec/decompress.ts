import zlib from 'node:zlib';
import { MillraceError, systemCode, toError } from '../error.ts';
import { asBuffer } from './bytes.ts';
import { LimitError } from './limit_error.ts';
import { createZstdReader } from './zstd.ts';

/** How much decompressed bytes may be. */
export interface DecompressLimits {
  readonly limitBytes: number;
  /** Is told how many bytes there are so far, each time there are more; what it throws ends the work. */
  readonly onGrown: (bytes: number) => void;
}

/** What is smaller is decompressed at once: a thread would cost more. */
const inlineBytes = 32 * 1024;
/** But no more than this comes of it without letting others have their turn. */
const inlineContentBytes = 512 * 1024;
const pieceBytes = 128 * 1024;

/**
 * The contents of gzip members or Zstandard frames, one after another. They grow piece by piece, so that a few
 * bytes that stand for many take no memory beyond the limit, and no time from others.
 * @throws LimitError when they hold more than the limit, MR_CODEC when they are damaged, end early or are followed by something else
 */
export async function decompress(
  bytes: Uint8Array,
  compression: 'gzip' | 'zstd',
  limits: DecompressLimits,
): Promise<Buffer> {
  const pieces = (compression === 'gzip' && gunzipInline(bytes)) || [];
  if (pieces.length === 0) await decompressInThread(bytes, compression, limits, pieces);
  const [first] = pieces;
  const contents = first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
  if (contents.length > limits.limitBytes) throw tooMuch(compression, limits.limitBytes);
  return contents;
}

/** Undefined when it is for a thread, which also finds out what is wrong with it. */
function gunzipInline(bytes: Uint8Array): Buffer[] | undefined {
  if (bytes.length >= inlineBytes) return undefined;
  try {
    const options = { maxOutputLength: inlineContentBytes, info: true };
    // With `info`, the result is an object that the type declarations do not know.
    const { buffer, engine } = zlib.gunzipSync(bytes, options) as unknown as {
      buffer: Buffer;
      engine: zlib.Gunzip;
    };
    return engine.bytesWritten === bytes.length ? [buffer] : undefined;
  } catch {
    return undefined;
  }
}

async function decompressInThread(
  bytes: Uint8Array,
  compression: 'gzip' | 'zstd',
  limits: DecompressLimits,
  pieces: Buffer[],
): Promise<void> {
  let rest = asBuffer(bytes);
  let size = 0;
  const keep = (piece: Buffer): void => {
    size += piece.length;
    if (size > limits.limitBytes) throw tooMuch(compression, limits.limitBytes);
    limits.onGrown(size);
    pieces.push(piece);
  };
  // Zlib reads on into the next gzip member by itself, Zstandard stops at the end of a frame.
  do {
    const consumed = await readOne(rest, compression, keep);
    const isStuck = consumed === 0 || (compression === 'gzip' && consumed < rest.length);
    if (isStuck) {
      const what = `${compression} contents are followed by something else`;
      throw new MillraceError('MR_CODEC', what);
    }
    rest = rest.subarray(consumed);
  } while (rest.length > 0);
}

/** Reads what begins the bytes; resolves with how many bytes that are. */
async function readOne(
  bytes: Buffer,
  compression: 'gzip' | 'zstd',
  keep: (piece: Buffer) => void,
): Promise<number> {
  const options = { chunkSize: pieceBytes };
  const reader = compression === 'gzip' ? zlib.createGunzip(options) : createZstdReader(options);
  reader.end(bytes);
  try {
    for await (const piece of reader) keep(piece);
  } catch (thrown) {
    const cause = toError(thrown);
    if (!/^(Z|ZSTD|ERR)_/.test(systemCode(cause) ?? '')) throw cause;
    const what = `${compression} contents are damaged: ${cause.message}`;
    throw new MillraceError('MR_CODEC', what, { cause });
  }
  return reader.bytesWritten;
}

function tooMuch(compression: string, limitBytes: number): LimitError {
  return new LimitError(
    'length',
    `${compression} contents exceed the limit of ${limitBytes} bytes`,
  );
}
