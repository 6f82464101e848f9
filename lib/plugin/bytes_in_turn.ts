import type { Chunk } from './contract.ts';

/**
 * The content of a chunk for who is through with a piece when he asks for the next one: the pieces lie in memory
 * that is used again.
 */
export async function* bytesInTurn(
  chunk: Pick<Chunk, 'bytes' | 'lent'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (chunk.lent === undefined) {
    yield* chunk.bytes();
    return;
  }
  for await (const { bytes, release } of chunk.lent()) {
    yield bytes;
    release?.();
  }
}
