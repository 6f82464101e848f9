import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

type Compress = (
  bytes: Uint8Array,
  done: (error: Error | null, compressed: Uint8Array) => void,
) => void;

/** A stream that decompresses, and how many bytes it has taken in. */
export type DecompressStream = Transform & { readonly bytesWritten: number };

/** Node has them from 22.15 on; the type declarations are older. */
const { zstdCompress, createZstdDecompress } = zlib as {
  readonly zstdCompress?: Compress;
  readonly createZstdDecompress?: (options: zlib.ZlibOptions) => DecompressStream;
};

/** Whether this Node has Zstandard. */
export const canZstd = zstdCompress !== undefined;

/** One Zstandard frame of the bytes. @throws Error where `canZstd` is false */
export function zstd(bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (zstdCompress === undefined) throw new Error('this Node has no Zstandard');
    zstdCompress(bytes, (error, compressed) => {
      if (error === null) resolve(compressed);
      else reject(error);
    });
  });
}

/** A stream that reads one Zstandard frame. @throws Error where `canZstd` is false */
export function createZstdReader(options: { readonly chunkSize: number }): DecompressStream {
  if (createZstdDecompress === undefined) throw new Error('this Node has no Zstandard');
  return createZstdDecompress(options);
}
