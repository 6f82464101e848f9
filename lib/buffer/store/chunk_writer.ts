import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { MillraceError, toError } from '../../error.ts';
import type { Log } from '../../log.ts';
import { ChunkCommit, type CommitSteps } from './chunk_commit.ts';
import { encodeHead } from './chunk_head.ts';
import type { StoreListener } from './chunk_store.ts';
import { Descriptors } from './descriptors.ts';
import { type CutBack, type FileChunk, fileNameOf } from './file_chunk.ts';
import type { FileSystem } from './file_system.ts';
import { encodeFooter } from './footer.ts';
import { encodeFrameHead, type Frame } from './frame.ts';
import { GroupCommit } from './group_commit.ts';
import type { LiveChunks } from './live_chunks.ts';
import { removeIfThere } from './small_file.ts';
import type { StoreMeters } from './store_meters.ts';

/** What chunks are written with. */
export interface WriterSetup {
  readonly files: FileSystem;
  readonly folder: string;
  /** `fsync`: a frame is stored once it would survive a power cut; `os`: once it is written. */
  readonly durability: 'fsync' | 'os';
  readonly filePermission: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly meters: StoreMeters;
  readonly live: LiveChunks;
  readonly onCutBack: StoreListener['onCutBack'];
}

/** Files that are open for appending at once. */
const openFilesLimit = 256;

/** Appends frames to chunk files, makes them safe, and seals. */
export class ChunkWriter {
  unsyncedBytes = 0;
  readonly #setup: WriterSetup;
  readonly #descriptors: Descriptors<FileChunk>;
  readonly #commit: GroupCommit;
  readonly #steps: CommitSteps = {
    sync: async (chunk) => {
      const file = this.#descriptors.get(chunk);
      if (file !== undefined) await this.#setup.files.sync(file);
    },
    synced: (chunk, frames, length) => this.#synced(chunk, frames, length),
    lost: (chunk, cause) => {
      this.#setup.meters.syncFailures.add();
      if (chunk.cutBack !== undefined) this.#endCutBack(chunk, chunk.cutBack);
      // What is in a queued chunk is safe: only its name is not.
      else if (chunk.state === 'staged') this.#beginCutBack(chunk, cause);
    },
  };

  constructor(setup: WriterSetup) {
    this.#setup = setup;
    const { clock, files, folder, meters } = setup;
    this.#descriptors = new Descriptors(files, openFilesLimit);
    this.#commit = new GroupCommit(
      () => files.syncFolder(folder),
      () => clock.monotonicMs(),
      ({ startMs, endMs }) => {
        meters.commits.add();
        meters.commitSeconds.add((endMs - startMs) / 1000);
        meters.lastCommitSeconds.set((endMs - startMs) / 1000);
      },
    );
  }

  /** As `ChunkStore.append` promises. */
  append(chunk: FileChunk, frame: Frame): boolean {
    const { files, folder, filePermission, durability } = this.#setup;
    const isNew = chunk.length === 0;
    const pieces: Uint8Array[] = [];
    try {
      const file = this.#descriptors.use(chunk, () =>
        files.open(chunk.pathIn(folder), isNew ? 'create' : 'update', filePermission),
      );
      if (file === undefined) return false;
      if (isNew && chunk.head !== undefined) pieces.push(encodeHead(chunk.head));
      pieces.push(encodeFrameHead(frame, chunk.seed), frame.content);
      files.write(file, pieces, chunk.length);
    } catch (thrown) {
      throw this.#undoWrite(chunk, toError(thrown));
    }
    if (isNew) chunk.length = chunk.headLength = pieces.shift()?.length ?? 0;
    chunk.grow(pieces.reduce((sum, { length }) => sum + length, 0));
    chunk.frames += 1;
    chunk.count += frame.count;
    chunk.contentBytes += frame.content.length;
    if (frame.origin !== undefined) chunk.origins?.add(frame.origin, frame.count);
    if (durability === 'os') {
      chunk.isNameNew = false;
      frame.onStored();
      frame.release?.();
      return true;
    }
    chunk.unsynced.push(frame);
    this.#addUnsynced(frame.content.length);
    this.#mark(chunk);
    return true;
  }

  /** As `ChunkStore.seal` promises. */
  seal(chunk: FileChunk): void {
    if (chunk.isSealed || chunk.length === 0) return;
    chunk.isSealed = true;
    this.#writeFooter(chunk);
    // While bytes are unsynced the name says so: recovery believes a queued file without reading it.
    if (chunk.unsynced.length === 0) this.finishSeal(chunk);
  }

  /** Gives a sealed chunk that is safe the name of one; failing that, `sealed` tries again. */
  finishSeal(chunk: FileChunk): void {
    chunk.origins = undefined;
    try {
      this.#descriptors.close(chunk);
      this.#rename(chunk);
    } catch (error) {
      this.#setup.log.warn(`chunk ${chunk.id} keeps the name of a staged one`, { error });
    }
  }

  /**
   * Resolves when a sealed chunk has the name of one whatever happens: what may have been delivered must never
   * take more events, or its receiver would know its id and refuse them. Rejects when the disk does.
   */
  async sealed(chunk: FileChunk): Promise<void> {
    await this.synced(chunk);
    if (chunk.isPurged) return;
    if (chunk.state === 'staged') this.#rename(chunk);
    else if (chunk.isNameNew) await this.#commit.settled();
    if (!chunk.isNameNew) return;
    this.#mark(chunk);
    await this.#commit.settled();
    if (!chunk.isNameNew) return;
    throw new MillraceError(
      'MR_BUFFER',
      `the name of chunk ${chunk.id} in \`${this.#setup.folder}\` cannot be made safe`,
    );
  }

  /** Resolves when nothing in the chunk waits for a commit. */
  async synced(chunk: FileChunk): Promise<void> {
    while (chunk.isUnsafe) await this.#commit.settled();
  }

  /** Resolves when every frame that was appended before is safe or was cut back. */
  settled(): Promise<void> {
    return this.#commit.settled();
  }

  /** Closes the chunk's file. */
  release(chunk: FileChunk): void {
    this.#descriptors.close(chunk);
  }

  /** Closes all files. */
  close(): void {
    this.#descriptors.closeAll();
  }

  #rename(chunk: FileChunk): void {
    const { files, folder, durability } = this.#setup;
    files.rename(chunk.pathIn(folder), join(folder, fileNameOf(chunk.id, 'queued')));
    chunk.state = 'queued';
    if (durability === 'os') return;
    chunk.isNameNew = true;
    this.#mark(chunk);
  }

  #mark(chunk: FileChunk): void {
    chunk.committed ??= new ChunkCommit(chunk, this.#steps);
    this.#commit.mark(chunk.committed);
  }

  #synced(chunk: FileChunk, frames: number, length: number): void {
    if (chunk.cutBack !== undefined) {
      this.#endCutBack(chunk, chunk.cutBack);
      return;
    }
    chunk.syncedLength = length;
    chunk.isNameNew = false;
    for (const frame of chunk.unsynced.splice(0, frames)) {
      this.#addUnsynced(-frame.content.length);
      frame.onStored();
      frame.release?.();
    }
    if (!chunk.isSealed || chunk.unsynced.length > 0) return;
    if (chunk.state === 'staged') this.finishSeal(chunk);
    else chunk.committed = undefined;
  }

  /**
   * What was not synced may be lost whatever later syncs say: it is taken out, for its owner to store elsewhere. The
   * shorter file is synced first, for else a power cut could bring back what is stored elsewhere by then.
   */
  #beginCutBack(chunk: FileChunk, cause: Error): void {
    const { files, log } = this.#setup;
    log.error(`chunk ${chunk.id} could not be made safe on the disk`, { error: cause });
    const frames = chunk.unsynced;
    chunk.unsynced = [];
    for (const frame of frames) {
      this.#addUnsynced(-frame.content.length);
      chunk.frames -= 1;
      chunk.count -= frame.count;
      chunk.contentBytes -= frame.content.length;
    }
    chunk.shrink(chunk.syncedLength);
    chunk.isSealed = true;
    chunk.isBroken = true;
    chunk.cutBack = { frames, cause };
    try {
      const file = this.#descriptors.get(chunk);
      if (file !== undefined) files.truncate(file, chunk.length);
    } catch (error) {
      log.error(`the unsafe end of chunk ${chunk.id} cannot be cut off`, { error });
    }
    this.#mark(chunk);
  }

  #endCutBack(chunk: FileChunk, { cause, frames }: CutBack): void {
    const { files, folder, live, log, onCutBack } = this.#setup;
    chunk.cutBack = undefined;
    try {
      this.#descriptors.close(chunk);
      if (chunk.frames === 0) removeIfThere(files, chunk.pathIn(folder));
    } catch (error) {
      log.error(`chunk ${chunk.id}, which holds nothing safe, cannot be deleted`, { error });
    }
    if (chunk.frames === 0) {
      chunk.isPurged = true;
      live.delete(chunk.id);
    } else this.finishSeal(chunk);
    onCutBack(chunk, frames, cause);
  }

  #undoWrite(chunk: FileChunk, cause: Error): MillraceError {
    const { files, folder, meters } = this.#setup;
    meters.writeFailures.add();
    try {
      const file = this.#descriptors.get(chunk);
      if (file !== undefined && chunk.length > 0) files.truncate(file, chunk.length);
      if (file !== undefined && chunk.length === 0) {
        this.#descriptors.close(chunk);
        removeIfThere(files, chunk.pathIn(folder));
      }
    } catch {
      // The torn frame stays at the end of the file: recovery cuts it off, nothing may follow it.
      chunk.isBroken = true;
    }
    return new MillraceError(
      'MR_BUFFER',
      `chunk ${chunk.id} in \`${folder}\` cannot be written: ${cause.message}`,
      { cause },
    );
  }

  /** Without a footer the frames are asked at the next start: it is no loss. */
  #writeFooter(chunk: FileChunk): void {
    const { files, folder, log } = this.#setup;
    const { head, frames, count, contentBytes, createdMs, origins } = chunk;
    if (chunk.isBroken || head === undefined) return;
    const footer = encodeFooter(
      { frames, count, contentBytes, createdMs, head: encodeHead(head), origins: origins?.parts },
      chunk.seed,
    );
    try {
      const open = this.#descriptors.get(chunk);
      const file = open ?? files.open(chunk.pathIn(folder), 'update');
      try {
        files.write(file, [footer], chunk.length);
      } finally {
        if (open === undefined) files.close(file);
      }
    } catch (error) {
      log.debug(`chunk ${chunk.id} is sealed without a footer`, { error });
    }
  }

  #addUnsynced(bytes: number): void {
    this.unsyncedBytes += bytes;
    this.#setup.meters.unsyncedBytes.set(this.unsyncedBytes);
    this.#setup.meters.openFiles.set(this.#descriptors.size);
  }
}
