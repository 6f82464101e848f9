import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { MillraceError, systemCode, toError } from '../error.ts';

const inflateInThread = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);

/**
 * The contents of a zlib stream: what HTTP calls `deflate`.
 * @throws MR_CODEC when it is damaged or holds more than `limitBytes`
 */
export async function inflate(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array> {
  try {
    return await inflateInThread(bytes, { maxOutputLength: Math.max(limitBytes, 1) });
  } catch (thrown) {
    const cause = toError(thrown);
    const what =
      systemCode(cause) === 'ERR_BUFFER_TOO_LARGE'
        ? `deflated contents exceed the limit of ${limitBytes} bytes`
        : `deflated contents are damaged: ${cause.message}`;
    throw new MillraceError('MR_CODEC', what, { cause });
  }
}
