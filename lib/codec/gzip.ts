import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { MillraceError, systemCode, toError } from '../error.ts';

/** Below this, a thread of its own costs more than the work. */
const inlineBytes = 32 * 1024;

const gzipInThread = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip);

/** One gzip member of the bytes. */
export async function gzip(bytes: Uint8Array, level?: number): Promise<Uint8Array> {
  const options = level === undefined ? {} : { level };
  return bytes.length < inlineBytes ? zlib.gzipSync(bytes, options) : gzipInThread(bytes, options);
}

/**
 * The contents of one or several gzip members, one after another.
 * @throws MR_CODEC when they are damaged, something else follows them, or they hold more than `limitBytes`.
 */
export async function gunzip(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array> {
  try {
    // Node takes no limit below 1; an empty result is below any limit.
    const options = { maxOutputLength: Math.max(limitBytes, 1) };
    const { contents, consumedBytes } =
      bytes.length < inlineBytes
        ? gunzipInline(bytes, options)
        : await gunzipInThread(bytes, options);
    // Node stops silently at what is no further member.
    if (consumedBytes === bytes.length) return contents;
  } catch (thrown) {
    const cause = toError(thrown);
    const what =
      systemCode(cause) === 'ERR_BUFFER_TOO_LARGE'
        ? `gzip contents exceed the limit of ${limitBytes} bytes`
        : `gzip contents are damaged: ${cause.message}`;
    throw new MillraceError('MR_CODEC', what, { cause });
  }
  throw new MillraceError('MR_CODEC', 'gzip members are followed by something else');
}

interface Unzipped {
  readonly contents: Buffer;
  readonly consumedBytes: number;
}

function gunzipInline(bytes: Uint8Array, options: zlib.ZlibOptions): Unzipped {
  // With `info`, the result is an object that the type declarations do not know.
  const { buffer, engine } = zlib.gunzipSync(bytes, { ...options, info: true }) as unknown as {
    buffer: Buffer;
    engine: zlib.Gunzip;
  };
  return { contents: buffer, consumedBytes: engine.bytesWritten };
}

function gunzipInThread(bytes: Uint8Array, options: zlib.ZlibOptions): Promise<Unzipped> {
  return new Promise((resolve, reject) => {
    zlib.gunzip(bytes, { ...options, info: true }, (error, result) => {
      if (error !== null) return reject(error);
      // As above: with `info`, the result is an object.
      const { buffer, engine } = result as unknown as { buffer: Buffer; engine: zlib.Gunzip };
      resolve({ contents: buffer, consumedBytes: engine.bytesWritten });
    });
  });
}
