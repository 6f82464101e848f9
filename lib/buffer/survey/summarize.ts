import type { ChunkHead } from '../store/chunk_head.ts';
import { readFooter } from '../store/file_ends.ts';
import type { ReadingFiles } from '../store/file_system.ts';
import type { Damage } from './damage.ts';
import { examine, headIn } from './examine.ts';
import type { OpenedChunk } from './open_chunk.ts';

/** What a chunk is, in short. */
export interface ChunkSummary {
  /** Undefined when it cannot be read. */
  readonly head: ChunkHead | undefined;
  readonly count: number;
  /** Bytes of the frames' contents. */
  readonly contentBytes: number;
  /** Bytes that it takes on the disk. */
  readonly storedBytes: number;
  /** The first thing that is wrong, as far as a short look shows. */
  readonly damage: Damage | undefined;
}

/** Looks at a chunk's footer or, where it has none, at the heads of its frames. Contents are not read. */
export async function summarize(files: ReadingFiles, opened: OpenedChunk): Promise<ChunkSummary> {
  const { file, id, seed, size } = opened;
  const placed = readFooter(files, file, seed, size);
  const head = headIn(placed, id);
  if (placed !== undefined && head !== undefined) {
    const { count, contentBytes } = placed.footer;
    return { head, count, contentBytes, storedBytes: size, damage: undefined };
  }
  const report = await examine(files, opened, { checksContent: false });
  const { count, contentBytes, damages } = report;
  return { head: report.head, count, contentBytes, storedBytes: size, damage: damages[0] };
}
