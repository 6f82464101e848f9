import { decodeEntries, encodeEntries } from '../codec/entry_codec.ts';
import { MillraceError } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import type { Origin } from '../event/origin.ts';
import type { Chunk, ChunkKey } from '../plugin/contract.ts';

/** What a test says of a chunk; the rest is made up. */
export interface TestChunkParticulars {
  readonly id?: string;
  readonly tag?: string;
  readonly key?: Partial<ChunkKey>;
  readonly createdMs?: number;
  readonly attempts?: number;
  readonly origin?: Origin;
  /** The entries of a chunk that is not formatted. */
  readonly entries?: readonly Entry[];
  /** The pieces of a formatted chunk. */
  readonly pieces?: readonly (string | Uint8Array)[];
  readonly expand?: (template: string) => string;
}

/** A chunk for driving an output's `write` in a test. Without `expand`, templates are taken as they are. */
export function testChunk(particulars: TestChunkParticulars = {}): Chunk {
  const { entries = [], pieces, tag = 'test' } = particulars;
  const contents = pieces?.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece));
  const parts = contents ?? [encodeEntries(entries)];
  return {
    id: particulars.id ?? '5f0e1d2c3b4a59687766554433221100',
    key: { tag: undefined, timekey: undefined, variables: new Map(), ...particulars.key },
    tag,
    count: pieces?.length ?? entries.length,
    sizeBytes: parts.reduce((sum, part) => sum + part.length, 0),
    createdMs: particulars.createdMs ?? 1_700_000_000_000,
    attempts: particulars.attempts ?? 0,
    origin: particulars.origin,
    isFormatted: contents !== undefined,
    async *bytes() {
      yield* parts;
    },
    async *entries() {
      if (contents !== undefined)
        throw new MillraceError('MR_BUFFER', 'a formatted chunk has no entries');
      yield* parts.map((part) => decodeEntries(part));
    },
    expand: particulars.expand ?? ((template) => template),
  };
}
