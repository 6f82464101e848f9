import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../../clock.ts';
import { MillraceError, systemCode, toError } from '../../error.ts';
import type { Origin } from '../../event/origin.ts';
import type { Log } from '../../log.ts';
import type { MetricRegistry } from '../../metric/metric.ts';
import { type ChunkHead, encodeHead } from './chunk_head.ts';
import { counterLimit, formatChunkId } from './chunk_id.ts';
import type {
  ChunkBeginning,
  ChunkStore,
  Found,
  FoundStaged,
  StoredChunk,
  StoreListener,
} from './chunk_store.ts';
import { Descriptors } from './descriptors.ts';
import { FileChunk, fileNameOf, parseFileName } from './file_chunk.ts';
import type { FileSystem } from './file_system.ts';
import { encodeFooter } from './footer.ts';
import { encodeFrameHead, type Frame } from './frame.ts';
import { type Committed, GroupCommit } from './group_commit.ts';
import { beginEpoch, type Identity } from './identity.ts';
import { LiveChunks } from './live_chunks.ts';
import { type Lock, lockFolder } from './lock.ts';
import { type Piece, readPieces } from './pieces.ts';
import { Quarantine } from './quarantine.ts';
import { Recovery } from './recovery.ts';
import { readSmallFile, removeIfThere, replaceFile } from './small_file.ts';
import { type StoreMeters, storeMeters } from './store_meters.ts';

/** What a file store is opened with. */
export interface FileStoreSetup {
  readonly files: FileSystem;
  readonly folder: string;
  /** `fsync`: a frame is stored once it would survive a power cut; `os`: once it is written. */
  readonly durability: 'fsync' | 'os';
  readonly filePermission: number;
  readonly folderPermission: number;
  readonly outputId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricRegistry;
  readonly random: () => number;
  readonly listener: StoreListener;
}

/** Files that are open for appending at once. */
const openFilesLimit = 256;

/** Chunks as files in a folder, one file a chunk. */
export class FileStore implements ChunkStore {
  readonly isPersistent = true;
  unsyncedBytes = 0;
  readonly #setup: FileStoreSetup;
  readonly #lock: Lock;
  readonly #identity: Identity;
  readonly #meters: StoreMeters;
  readonly #recovery: Recovery;
  readonly #descriptors: Descriptors<FileChunk>;
  readonly #commit: GroupCommit;
  readonly #live = new LiveChunks();
  #counter = 0;

  private constructor(
    setup: FileStoreSetup,
    lock: Lock,
    identity: Identity,
    meters: StoreMeters,
    recovery: Recovery,
  ) {
    this.#setup = setup;
    this.#lock = lock;
    this.#identity = identity;
    this.#meters = meters;
    this.#recovery = recovery;
    this.#descriptors = new Descriptors(setup.files, openFilesLimit);
    const { clock, files, folder } = setup;
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

  /**
   * Locks the folder (made if need be) and recovers what is in it.
   * @throws MR_BUFFER when another process uses it, or it cannot be made or written
   */
  static async open(
    setup: FileStoreSetup,
  ): Promise<{ readonly store: FileStore; readonly found: Found }> {
    const { files, folder, log } = setup;
    let lock: Lock | undefined;
    try {
      await makeDurableFolder(files, folder, setup.folderPermission);
      lock = lockFolder(files, folder);
      const names = removeTemporary(files, folder);
      const ids = names.map((name) => parseFileName(name)?.id ?? '');
      const identity = await beginEpoch(files, folder, ids, setup.clock.nowMs(), setup.random);
      const meters = storeMeters(setup.metrics, setup.outputId);
      const now = (): string => new Date(setup.clock.nowMs()).toISOString();
      const quarantine = new Quarantine(files, folder, now);
      const { onOrigin } = setup.listener;
      const recovery = new Recovery({ files, folder, quarantine, log, meters, onOrigin });
      const chunks = await recovery.recover(names);
      const store = new FileStore(setup, lock, identity, meters, recovery);
      return { store, found: store.#takeOver(chunks) };
    } catch (thrown) {
      lock?.release();
      if (thrown instanceof MillraceError) throw thrown;
      const cause = toError(thrown);
      throw new MillraceError(
        'MR_BUFFER',
        `the buffer folder \`${folder}\` cannot be used: ${cause.message}`,
        { cause },
      );
    }
  }

  begin(beginning: ChunkBeginning): FileChunk {
    if (this.#counter >= counterLimit) {
      throw new MillraceError('MR_BUFFER', 'the numbers of chunks are used up: start again');
    }
    const id = formatChunkId({ ...this.#identity, counter: this.#counter });
    this.#counter += 1;
    const chunk = new FileChunk(id, beginning.createdMs, 'staged');
    chunk.head = { ...beginning, id };
    this.#live.add(id);
    return chunk;
  }

  append(stored: StoredChunk, frame: Frame): boolean {
    const chunk = own(stored);
    const { files, folder, filePermission, durability } = this.#setup;
    const isNew = chunk.length === 0;
    let pieces: Uint8Array[];
    try {
      const file = this.#descriptors.use(chunk, () =>
        files.open(chunk.pathIn(folder), isNew ? 'create' : 'update', filePermission),
      );
      if (file === undefined) return false;
      pieces = [encodeFrameHead(frame, chunk.seed), frame.content];
      if (isNew && chunk.head !== undefined) pieces.unshift(encodeHead(chunk.head));
      files.write(file, pieces, chunk.length);
    } catch (thrown) {
      throw this.#undoWrite(chunk, toError(thrown));
    }
    if (isNew) chunk.headLength = pieces[0]?.length ?? 0;
    for (const piece of pieces) chunk.length += piece.length;
    chunk.frames += 1;
    chunk.count += frame.count;
    chunk.contentBytes += frame.content.length;
    if (frame.origin !== undefined) chunk.origins?.add(frame.origin);
    if (durability === 'os') {
      chunk.isNameNew = false;
      frame.onStored();
      return true;
    }
    chunk.unsynced.push(frame);
    this.#addUnsynced(frame.content.length);
    this.#commit.mark(this.#committed(chunk));
    return true;
  }

  isBroken(stored: StoredChunk): boolean {
    return own(stored).isBroken;
  }

  seal(stored: StoredChunk): void {
    const chunk = own(stored);
    if (chunk.isSealed || chunk.length === 0) return;
    chunk.isSealed = true;
    this.#writeFooter(chunk);
    // While bytes are unsynced the name says so: recovery believes a queued file without reading it.
    if (chunk.unsynced.length === 0) this.#finishSeal(chunk);
  }

  async prepare(stored: StoredChunk): Promise<ChunkHead | undefined> {
    const chunk = own(stored);
    while (chunk.unsynced.length > 0) await this.#commit.settled();
    if (chunk.isPurged || (chunk.isChecked && chunk.head !== undefined)) return chunk.head;
    return this.#recovery.check(chunk);
  }

  async *pieces(stored: StoredChunk): AsyncGenerator<Piece, void, undefined> {
    const chunk = own(stored);
    const { files, folder } = this.#setup;
    const runs = chunk.wholeRuns;
    const file = files.open(chunk.pathIn(folder), 'read');
    try {
      yield* readPieces(files, file, runs, chunk.seed);
    } catch (error) {
      chunk.isChecked = false;
      throw error;
    } finally {
      files.close(file);
    }
  }

  originOf(stored: StoredChunk): Origin | undefined {
    return this.#live.originOf(stored.id);
  }

  async purge(stored: StoredChunk): Promise<void> {
    const chunk = own(stored);
    while (chunk.unsynced.length > 0) await this.#commit.settled();
    if (chunk.isPurged) return;
    this.#descriptors.close(chunk);
    try {
      if (chunk.length > 0) await this.#setup.files.remove(chunk.pathIn(this.#setup.folder));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    chunk.isPurged = true;
    this.#live.delete(chunk.id);
  }

  settled(): Promise<void> {
    return this.#commit.settled();
  }

  loadOrigins(): Uint8Array | undefined {
    return readSmallFile(this.#setup.files, join(this.#setup.folder, 'origins'));
  }

  saveOrigins(snapshot: Uint8Array): Promise<void> {
    const { files, folder, filePermission } = this.#setup;
    return replaceFile(files, join(folder, 'origins'), snapshot, filePermission);
  }

  async close(): Promise<void> {
    await this.#commit.settled();
    this.#descriptors.closeAll();
    this.#lock.release();
  }

  #takeOver(chunks: readonly FileChunk[]): Found {
    const staged: FoundStaged[] = [];
    const queued: FileChunk[] = [];
    for (const chunk of chunks) {
      this.#live.add(chunk.id);
      this.#meters.recoveredEvents.add(chunk.count);
      const { head } = chunk;
      if (chunk.state === 'staged' && !chunk.isSealed && head !== undefined) {
        staged.push({ chunk, tag: head.tag, key: head.key, isFormatted: head.isFormatted });
        continue;
      }
      if (chunk.state === 'staged') this.#finishSeal(chunk);
      chunk.isSealed = true;
      chunk.origins = undefined;
      queued.push(chunk);
    }
    return { staged, queued };
  }

  /** What a commit does for a chunk. */
  #committed(chunk: FileChunk): Committed {
    chunk.committed ??= this.#makeCommitted(chunk);
    return chunk.committed;
  }

  #makeCommitted(chunk: FileChunk): Committed {
    let frames = 0;
    let length = 0;
    return {
      get isNameNew() {
        return chunk.isNameNew;
      },
      sync: async () => {
        frames = chunk.unsynced.length;
        length = chunk.length;
        const file = this.#descriptors.get(chunk);
        if (file !== undefined) await this.#setup.files.sync(file);
      },
      onSynced: () => {
        chunk.syncedLength = length;
        chunk.isNameNew = false;
        for (const frame of chunk.unsynced.splice(0, frames)) {
          this.#addUnsynced(-frame.content.length);
          frame.onStored();
        }
        if (chunk.isSealed && chunk.unsynced.length === 0) this.#finishSeal(chunk);
      },
      onLost: (cause) => this.#cutBack(chunk, cause),
    };
  }

  /** What was not synced may be lost whatever later syncs say: it is taken out, for its owner to store elsewhere. */
  #cutBack(chunk: FileChunk, cause: Error): void {
    const { files, folder, log, listener } = this.#setup;
    this.#meters.syncFailures.add();
    log.error(`chunk ${chunk.id} could not be made safe on the disk`, { error: cause });
    const frames = chunk.unsynced;
    chunk.unsynced = [];
    for (const frame of frames) {
      this.#addUnsynced(-frame.content.length);
      chunk.frames -= 1;
      chunk.count -= frame.count;
      chunk.contentBytes -= frame.content.length;
    }
    chunk.length = chunk.syncedLength;
    chunk.isSealed = true;
    chunk.isBroken = true;
    try {
      const file = this.#descriptors.get(chunk);
      if (file !== undefined) files.truncate(file, chunk.length);
      this.#descriptors.close(chunk);
      if (chunk.frames === 0) removeIfThere(files, chunk.pathIn(folder));
    } catch (error) {
      log.error(`the unsafe end of chunk ${chunk.id} cannot be cut off`, { error });
    }
    if (chunk.frames === 0) {
      chunk.isPurged = true;
      this.#live.delete(chunk.id);
    }
    listener.onCutBack(chunk, frames, cause);
  }

  #undoWrite(chunk: FileChunk, cause: Error): MillraceError {
    const { files, folder } = this.#setup;
    this.#meters.writeFailures.add();
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
    const { head, frames, count, contentBytes, createdMs } = chunk;
    if (chunk.isBroken || head === undefined) return;
    const footer = encodeFooter(
      {
        frames,
        count,
        contentBytes,
        createdMs,
        head: encodeHead(head),
        origins: chunk.origins?.parts,
      },
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

  #finishSeal(chunk: FileChunk): void {
    const { files, folder, log } = this.#setup;
    chunk.origins = undefined;
    chunk.committed = undefined;
    try {
      this.#descriptors.close(chunk);
      if (chunk.isBroken) return;
      files.rename(chunk.pathIn(folder), join(folder, fileNameOf(chunk.id, 'queued')));
      chunk.state = 'queued';
    } catch (error) {
      log.warn(`chunk ${chunk.id} keeps the name of a staged one`, { error });
    }
  }

  #addUnsynced(bytes: number): void {
    this.unsyncedBytes += bytes;
    this.#meters.unsyncedBytes.set(this.unsyncedBytes);
    this.#meters.openFiles.set(this.#descriptors.size);
  }
}

/** Every chunk that a file store is given back is one that it gave out. */
function own(chunk: StoredChunk): FileChunk {
  if (chunk instanceof FileChunk) return chunk;
  throw new TypeError('a chunk of another store');
}

/** Makes a folder so that it, and each one made above it, survives a power cut. */
async function makeDurableFolder(
  files: FileSystem,
  folder: string,
  permission: number,
): Promise<void> {
  const uppermost = files.makeFolder(folder, permission);
  if (uppermost === undefined) return;
  for (let made = resolve(folder); made.length >= uppermost.length; made = dirname(made)) {
    await files.syncFolder(dirname(made));
    if (made === dirname(made)) return;
  }
}

/** The names in a folder, without what an interrupted replacement of ours left. */
function removeTemporary(files: FileSystem, folder: string): string[] {
  return files.list(folder).filter((name) => {
    if (!/^(?:store|origins|lock\.\d+)\.tmp$/.test(name)) return true;
    removeIfThere(files, join(folder, name));
    return false;
  });
}
