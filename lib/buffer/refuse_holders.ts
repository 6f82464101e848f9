import type { BufferedChunk } from './buffered_chunk.ts';
import type { OriginTable } from './origin_table.ts';

/** Tells all who wait for a chunk's delivery that it will not come; what they offer again counts as new. */
export function refuseHolders(chunk: BufferedChunk, table: OriginTable, cause: Error): void {
  for (const { origin, pending } of chunk.holders) {
    if (origin !== undefined) table.remove(origin);
    pending.fail(cause);
  }
  chunk.holders = [];
}
