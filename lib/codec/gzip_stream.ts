import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const outputBytes = 64 * 1024;

/** One gzip member of all the pieces, made as they come. It throws what `pieces` throws. */
export async function* gzipPieces(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const zip = createGzip({ chunkSize: outputBytes });
  const source = Readable.from(pieces, { objectMode: false });
  // A fault of the source destroys `zip` with it, so that whoever reads hears of it.
  const done = pipeline(source, zip).catch(() => {});
  yield* zip;
  await done;
}
