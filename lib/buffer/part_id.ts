import { createHash } from 'node:crypto';
import type { Range } from './rest.ts';

/** The id of a part of a chunk: the same for the same part of the same chunk, and for no other; as good as a chunk's own. */
export function partId(chunkId: string, ranges: readonly Range[]): string {
  const text = [chunkId, ...ranges.map(({ first, end }) => `${first}-${end}`)].join(' ');
  return createHash('sha256').update(text).digest('hex').slice(0, chunkId.length);
}
