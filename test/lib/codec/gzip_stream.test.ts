import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { gzipPieces } from '../../../lib/codec/gzip_stream.ts';

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

async function* piecesOf(pieces: readonly (Buffer | Error)[]): AsyncIterable<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}

test('makes one member of all pieces', async () => {
  const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(10_000, `piece ${index}`));
  const zipped = await collect(gzipPieces(piecesOf(pieces)));
  assert.deepEqual(gunzipSync(zipped), Buffer.concat(pieces));
  assert.deepEqual(gunzipSync(await collect(gzipPieces(piecesOf([])))), Buffer.alloc(0));
});

test('throws what its source throws', async () => {
  const failure = new Error('no more');
  const source = piecesOf([Buffer.from('a'), failure]);
  await assert.rejects(collect(gzipPieces(source)), failure);
});

test('ends its source when the reader stops early', async () => {
  let hasEnded = false;
  async function* endless(): AsyncIterable<Uint8Array> {
    try {
      for (let index = 0; ; index += 1) yield Buffer.from(String(Math.sin(index)).repeat(1000));
    } finally {
      hasEnded = true;
    }
  }
  for await (const piece of gzipPieces(endless())) if (piece.length > 0) break;
  await new Promise(setImmediate);
  assert.equal(hasEnded, true);
});
