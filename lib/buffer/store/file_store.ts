import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { MillraceError, systemCode, toError } from '../../error.ts';
import type { Origin } from '../../event/origin.ts';
import type { Log } from '../../log.ts';
import type { MetricRegistry } from '../../metric/metric.ts';
import type { ChunkHead } from './chunk_head.ts';
import { counterLimit, formatChunkId, parseChunkId } from './chunk_id.ts';
import type {
  ChunkBeginning,
  ChunkStore,
  Found,
  FoundStaged,
  StoredChunk,
  StoreListener,
} from './chunk_store.ts';
import { ChunkWriter } from './chunk_writer.ts';
import { FileChunk, parseFileName } from './file_chunk.ts';
import { readFooter } from './file_ends.ts';
import type { FileSystem } from './file_system.ts';
import type { Frame } from './frame.ts';
import { beginEpoch, type Identity } from './identity.ts';
import { LiveChunks } from './live_chunks.ts';
import { type Lock, lockFolder } from './lock.ts';
import type { ListedOrigin } from './origin_list.ts';
import { type Piece, type PieceReading, readPieces } from './pieces.ts';
import { Quarantine } from './quarantine.ts';
import { Recovery } from './recovery.ts';
import { readSmallFile, replaceFile } from './small_file.ts';
import { listFolder, makeDurableFolder } from './store_folder.ts';
import { storeMeters } from './store_meters.ts';

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
  /** How many chunks count as begun already: 0 but in tests. */
  readonly begun?: number;
}

/** A chunk that was begun so lately is still in the system's memory, as a rule. */
const warmMs = 60_000;

/** Chunks as files in a folder, one file a chunk. */
export class FileStore implements ChunkStore {
  readonly isPersistent = true;
  readonly #setup: FileStoreSetup;
  readonly #lock: Lock;
  readonly #identity: Identity;
  readonly #recovery: Recovery;
  readonly #writer: ChunkWriter;
  readonly #live: LiveChunks;
  #counter = 0;

  private constructor(
    setup: FileStoreSetup,
    lock: Lock,
    identity: Identity,
    recovery: Recovery,
    writer: ChunkWriter,
    live: LiveChunks,
  ) {
    this.#setup = setup;
    this.#lock = lock;
    this.#identity = identity;
    this.#recovery = recovery;
    this.#writer = writer;
    this.#live = live;
    this.#counter = setup.begun ?? 0;
  }

  /**
   * Locks the folder (made if need be) and recovers what is in it.
   * @throws MR_BUFFER when another process uses it, or it cannot be made or written
   */
  static async open(
    setup: FileStoreSetup,
  ): Promise<{ readonly store: FileStore; readonly found: Found }> {
    const { clock, files, folder, listener } = setup;
    let lock: Lock | undefined;
    try {
      await makeDurableFolder(files, folder, setup.folderPermission);
      lock = lockFolder(files, folder);
      const names = listFolder(files, folder);
      const ids = names.map((name) => parseFileName(name)?.id ?? '');
      const identity = await beginEpoch(files, folder, ids, clock.nowMs(), setup.random);
      const meters = storeMeters(setup.metrics, setup.outputId);
      const now = (): string => new Date(clock.nowMs()).toISOString();
      const quarantine = new Quarantine(files, folder, now);
      // First what was saved, then what came later: what was heard of last is forgotten last.
      readSnapshot(setup);
      const recovery = new Recovery({ ...setup, ...listener, quarantine, meters });
      const chunks = await recovery.recover(names);
      for (const chunk of chunks) meters.recoveredEvents.add(chunk.count);
      const live = new LiveChunks(identity);
      const { onCutBack } = listener;
      const writer = new ChunkWriter({ ...setup, meters, live, onCutBack });
      const store = new FileStore(setup, lock, identity, recovery, writer, live);
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

  get unsyncedBytes(): number {
    return this.#writer.unsyncedBytes;
  }

  begin(beginning: ChunkBeginning): FileChunk {
    const { epoch, store } = this.#identity;
    const counter = this.#counter % counterLimit;
    const id = formatChunkId({
      epoch: epoch + (this.#counter - counter) / counterLimit,
      counter,
      store,
    });
    this.#counter += 1;
    const chunk = new FileChunk(id, beginning.createdMs, 'staged');
    chunk.head = { ...beginning, id };
    this.#live.add(id);
    return chunk;
  }

  append(chunk: StoredChunk, frame: Frame): boolean {
    return this.#writer.append(own(chunk), frame);
  }

  isBroken(chunk: StoredChunk): boolean {
    return own(chunk).isBroken;
  }

  seal(chunk: StoredChunk): void {
    this.#writer.seal(own(chunk));
  }

  async prepare(stored: StoredChunk): Promise<ChunkHead | undefined> {
    const chunk = own(stored);
    chunk.lostCount = 0;
    try {
      await this.#writer.sealed(chunk);
      if (chunk.isPurged || (chunk.isChecked && chunk.head !== undefined)) return chunk.head;
      const { count } = chunk;
      const head = await this.#recovery.check(chunk);
      chunk.lostCount = head === undefined ? count : Math.max(0, count - chunk.count);
      chunk.isPutAside = head === undefined;
      return head;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || !this.#isFolderThere()) throw error;
      chunk.lostCount = chunk.count;
      this.#setup.log.error(
        `the file of chunk ${chunk.id} in ${this.#setup.folder} is gone, and ${chunk.count} events with it`,
      );
      return undefined;
    }
  }

  async *pieces(stored: StoredChunk, reading?: PieceReading): AsyncGenerator<Piece> {
    const chunk = own(stored);
    const { clock, files, folder } = this.#setup;
    let file: number | undefined;
    try {
      file = files.open(chunk.pathIn(folder), 'read');
      const isWarm = chunk.isChecked && clock.nowMs() - chunk.createdMs < warmMs;
      yield* readPieces(files, file, chunk.wholeRuns, chunk.seed, { ...reading, isWarm });
    } catch (error) {
      chunk.isChecked = false;
      throw error;
    } finally {
      if (file !== undefined) files.close(file);
    }
  }

  originOf(chunk: StoredChunk): Origin | undefined {
    return this.#live.originOf(chunk.id);
  }

  sourcesOf(stored: StoredChunk): readonly ListedOrigin[] {
    const chunk = own(stored);
    const { files, folder } = this.#setup;
    const file = files.open(chunk.pathIn(folder), 'read');
    try {
      return readFooter(files, file, chunk.seed, files.sizeOf(file))?.footer.origins ?? [];
    } finally {
      files.close(file);
    }
  }

  async purge(stored: StoredChunk): Promise<void> {
    const chunk = own(stored);
    const { files, folder } = this.#setup;
    if (chunk.length === 0 && !chunk.isBroken) this.#takeBackNumber(chunk);
    await this.#writer.synced(chunk);
    if (chunk.isPurged) return;
    this.#writer.release(chunk);
    try {
      if (chunk.mustBeKept) await this.#recovery.keepWhole(chunk);
      else if (chunk.length > 0) await files.remove(chunk.pathIn(folder));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    chunk.isPurged = true;
    // What may be mended must not pass for gone: its receiver would refuse it.
    if (!chunk.isPutAside) this.#live.delete(chunk.id);
  }

  settled(): Promise<void> {
    return this.#writer.settled();
  }

  saveOrigins(snapshot: Uint8Array): Promise<void> {
    const { files, folder, filePermission } = this.#setup;
    return replaceFile(files, join(folder, 'origins'), snapshot, filePermission);
  }

  async close(): Promise<void> {
    await this.#writer.settled();
    try {
      this.#writer.close();
    } finally {
      this.#lock.release();
    }
  }

  /** A number that no file has had is given again: receivers take one that never comes for a chunk that was lost. */
  #takeBackNumber(chunk: FileChunk): void {
    const { counter, epoch } = parseChunkId(chunk.id) ?? {};
    if (counter !== this.#counter - 1 || epoch !== this.#identity.epoch) return;
    chunk.isPurged = true;
    this.#live.delete(chunk.id);
    this.#counter -= 1;
  }

  /** Where a disk that was mounted is gone, its files are not: they may come back. */
  #isFolderThere(): boolean {
    const { files, folder } = this.#setup;
    return readSmallFile(files, join(folder, 'lock')) !== undefined;
  }

  #takeOver(chunks: readonly FileChunk[]): Found {
    const staged: FoundStaged[] = [];
    const queued: FileChunk[] = [];
    for (const chunk of chunks) {
      const { head } = chunk;
      if (chunk.state === 'staged' && !chunk.isSealed && head !== undefined) {
        staged.push({ chunk, tag: head.tag, key: head.key, isFormatted: head.isFormatted });
        continue;
      }
      if (chunk.state === 'staged') this.#writer.finishSeal(chunk);
      chunk.isSealed = true;
      queued.push(chunk);
    }
    return { staged, queued };
  }
}

/** Hands on what was saved of origins. What cannot be read must not prevent a start. */
function readSnapshot({ files, folder, listener, log }: FileStoreSetup): void {
  let snapshot: Uint8Array | undefined;
  try {
    snapshot = readSmallFile(files, join(folder, 'origins'));
  } catch (error) {
    log.error(
      `the list of stored origins in ${folder} cannot be read: what is offered again may be stored again`,
      { error },
    );
  }
  if (snapshot !== undefined) listener.onSnapshot(snapshot);
}

/** Every chunk that a file store is given back is one that it gave out. */
function own(chunk: StoredChunk): FileChunk {
  if (chunk instanceof FileChunk) return chunk;
  throw new TypeError('a chunk of another store');
}
