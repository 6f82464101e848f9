import type { FileChunk } from './file_chunk.ts';
import type { Committed } from './group_commit.ts';

/** What is done with a chunk when it is committed. */
export interface CommitSteps {
  /** Makes durable what is in its file. */
  sync(chunk: FileChunk): Promise<void>;
  /** Its first so many unsynced frames, up to `length` in the file, are durable. */
  synced(chunk: FileChunk, frames: number, length: number): void;
  /** They cannot be relied on. */
  lost(chunk: FileChunk, cause: Error): void;
}

/** A chunk as a commit sees it. There may be as many as chunks, so it is small. */
export class ChunkCommit implements Committed {
  readonly #chunk: FileChunk;
  readonly #steps: CommitSteps;
  #frames = 0;
  #length = 0;

  constructor(chunk: FileChunk, steps: CommitSteps) {
    this.#chunk = chunk;
    this.#steps = steps;
  }

  get isNameNew(): boolean {
    return this.#chunk.isNameNew;
  }

  sync(): Promise<void> {
    this.#frames = this.#chunk.unsynced.length;
    this.#length = this.#chunk.length;
    return this.#steps.sync(this.#chunk);
  }

  onSynced(): void {
    this.#steps.synced(this.#chunk, this.#frames, this.#length);
  }

  onLost(cause: Error): void {
    this.#steps.lost(this.#chunk, cause);
  }
}
