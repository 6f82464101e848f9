import zlib from 'node:zlib';

type Compress = (
  bytes: Uint8Array,
  done: (error: Error | null, compressed: Uint8Array) => void,
) => void;

/** Node has it from 22.15 on; the type declarations are older. */
const { zstdCompress } = zlib as { readonly zstdCompress?: Compress };

/** Whether this Node can compress by Zstandard. */
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
