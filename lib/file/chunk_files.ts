import { gzipSync } from 'node:zlib';
import { gzipPieces } from '../codec/gzip_stream.ts';
import type { Log } from '../log.ts';
import { appendChunk } from './append_file.ts';
import type { ChunkWrite } from './chunk_write.ts';
import { CommitJournal } from './commit_journal.ts';
import type { Permissions } from './open_file.ts';
import { placeChunk } from './place_file.ts';
import { recoverWrites } from './undo_write.ts';

/** How an output's files are written. */
export interface ChunkFilesSetup {
  /** Chunks of the same path go into one file; else each file gets an index. */
  readonly append: boolean;
  /** Each chunk is a gzip member. */
  readonly compresses: boolean;
  readonly permissions: Permissions;
  /** Where the journal lies; undefined: there is none, and a kill may leave a chunk twice or in part. */
  readonly stateFolder: string | undefined;
  readonly log: Log;
}

/** A chunk as a file is to hold it, before it is compressed. */
export type ChunkContent = Pick<ChunkWrite, 'chunk' | 'head' | 'bytes' | 'mostBytes' | 'signal'>;

/** The files that an output writes chunks to: each chunk whole, durable, and once, whatever happens in between. */
export class ChunkFiles {
  readonly #setup: ChunkFilesSetup;
  #journal: CommitJournal | undefined;

  constructor(setup: ChunkFilesSetup) {
    this.#setup = setup;
  }

  /** Settles what an earlier process was writing when it ended. To be called before the first `write`. @throws MR_IO */
  async open(): Promise<void> {
    const { stateFolder, log } = this.#setup;
    if (stateFolder === undefined) return;
    const opened = await CommitJournal.open(stateFolder);
    try {
      await recoverWrites(opened, log);
    } catch (error) {
      await opened.close();
      throw error;
    }
    this.#journal = opened;
  }

  /**
   * Writes a chunk to the path that `pieces` join to; where chunks are not appended, an index goes between them:
   * `['/log/a_', '.log']`. Gives the path; undefined when the chunk was written before.
   * @throws what `appendChunk` or `placeChunk` throws; the same chunk can be tried again
   */
  async write(content: ChunkContent, pieces: readonly string[]): Promise<string | undefined> {
    const { append, compresses, permissions, log } = this.#setup;
    const write = { ...(compresses ? compressed(content) : content), permissions };
    if (!append) return placeChunk(write, (index) => pieces.join(`${index}`), this.#journal);
    const path = pieces.join('');
    await appendChunk(write, path, this.#journal, log);
    return path;
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }
}

function compressed(content: ChunkContent): ChunkContent {
  const { head, bytes, mostBytes } = content;
  return {
    ...content,
    // Stored without compression it is the same with every version of zlib, so that it is found again.
    head: head && gzipSync(head, { level: 0 }),
    bytes: gzipPieces(bytes),
    mostBytes: mostPacked(mostBytes),
  };
}

/** Deflate stores what it cannot shrink in blocks of 16 KB and more, each with a few bytes of its own. */
export function mostPacked(bytes: number): number {
  return bytes + Math.ceil(bytes / 1024) + 1024;
}
