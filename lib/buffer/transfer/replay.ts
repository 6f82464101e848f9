import { basename, dirname, join } from 'node:path';
import { MillraceError, systemCode, toError } from '../../error.ts';
import { branchOrigin, type Origin } from '../../event/origin.ts';
import type { Consignment } from '../../net/forward_consignment.ts';
import { outcomePath } from '../outcome_file.ts';
import { partId } from '../part_id.ts';
import { examineFrames } from '../repair/mend_chunk.ts';
import type { Left } from '../repair/report.ts';
import { headOfTag, reasonPath } from '../repair/restore.ts';
import { renameToQueued, rewriteInPlace, type WholeFrames } from '../repair/rewrite.ts';
import type { Rest } from '../rest.ts';
import { selectEntries } from '../select_entries.ts';
import { type ChunkHead, chunkIdIn } from '../store/chunk_head.ts';
import { parseChunkId, seedOf } from '../store/chunk_id.ts';
import { fileNameOf, parseFileName } from '../store/file_chunk.ts';
import type { FileSystem } from '../store/file_system.ts';
import { type Lock, lockFolder } from '../store/lock.ts';
import { readPieces } from '../store/pieces.ts';
import { removeIfThere } from '../store/small_file.ts';
import { listFolder } from '../store/store_folder.ts';
import { undelivered } from '../survey/bisected.ts';
import { hidesEvents } from '../survey/damage.ts';
import type { ChunkReport } from '../survey/examine.ts';
import { bufferOf, type NamedChunk, surveyFolder } from '../survey/folder.ts';
import type { OpenedChunk } from '../survey/open_chunk.ts';
import { rememberOrigins } from './remember.ts';

/** What chunks are replayed with. */
export interface ReplaySetup {
  readonly files: FileSystem;
  /** Buffer folders and chunk files, in order. */
  readonly sources: readonly string[];
  /** Instead of the chunks' own tags. */
  readonly tag: string | undefined;
  /** Chunks that were sent whole are deleted. */
  readonly deletes: boolean;
  /** Resolves when the receiver has stored all of it; rejects when nothing more can be sent. */
  readonly send: (chunk: Consignment) => Promise<void>;
  readonly onStart?: (count: number) => void;
  readonly onFile?: () => void;
}

/** A chunk whose whole frames were sent and acknowledged. */
export interface Replayed {
  readonly path: string;
  readonly chunkId: string;
  readonly tag: string;
  /** Events that were sent. */
  readonly count: number;
  /** Events that were not, because the buffer's output had delivered them. */
  readonly deliveredCount: number;
  readonly isDeleted: boolean;
}

/** What a replay did. */
export interface ReplayReport {
  readonly replayed: readonly Replayed[];
  /** Those that were not sent, or not whole. */
  readonly left: readonly Left[];
  /** Why it ended before all was sent. */
  readonly fault: Error | undefined;
}

/** A chunk file, and the buffer folder that it is a chunk of; undefined when it is a copy. */
interface Source {
  readonly path: string;
  readonly folder: string | undefined;
}

/**
 * Sends the events of chunks to a receiver of the forward protocol. A chunk of a buffer has the origin under which
 * its output would send it; a copy has one of its own, by which it is known when the same is replayed once more.
 * @throws MR_BUFFER when a process uses a folder whose chunks are sent or deleted
 */
export async function replayChunks(setup: ReplaySetup): Promise<ReplayReport> {
  const locks = new Map<string, Lock>();
  try {
    return await new Replay(setup, locks).run();
  } finally {
    for (const lock of locks.values()) lock.release();
  }
}

class Replay {
  readonly #setup: ReplaySetup;
  readonly #locks: Map<string, Lock>;
  readonly #replayed: Replayed[] = [];
  readonly #left: Left[] = [];

  constructor(setup: ReplaySetup, locks: Map<string, Lock>) {
    this.#setup = setup;
    this.#locks = locks;
  }

  async run(): Promise<ReplayReport> {
    const sources: Source[] = [];
    for (const path of this.#setup.sources) sources.push(...(await this.#sourcesIn(path)));
    this.#setup.onStart?.(sources.length);
    let fault: Error | undefined;
    for (const source of sources) {
      const opened = this.#open(source);
      if (opened !== undefined) {
        try {
          await this.#replay(source, opened);
        } catch (thrown) {
          fault = toError(thrown);
          break;
        } finally {
          this.#setup.files.close(opened.file);
        }
      }
      this.#setup.onFile?.();
    }
    return { replayed: this.#replayed, left: this.#left, fault };
  }

  async #sourcesIn(path: string): Promise<Source[]> {
    const { files, deletes } = this.#setup;
    try {
      files.list(path);
    } catch (error) {
      if (systemCode(error) !== 'ENOTDIR') throw error;
      const folder = dirname(path);
      const named = parseFileName(basename(path));
      if (named !== undefined && isBuffer(files, folder))
        return this.#chunksOf(folder, () => [named]);
      const aside = bufferOf(path);
      if (deletes && isBuffer(files, aside)) this.#lock(aside);
      return [{ path, folder: undefined }];
    }
    return this.#chunksOf(path, () => surveyFolder(files, path).chunks);
  }

  async #chunksOf(folder: string, choose: () => readonly NamedChunk[]): Promise<Source[]> {
    const { files, deletes } = this.#setup;
    // What its process is sending too, or goes on adding to, is not sent.
    this.#lock(folder);
    listFolder(files, folder);
    const chunks = choose();
    if (deletes) await rememberOrigins(files, folder, chunks);
    return chunks.map(({ id, state }) => ({ path: join(folder, fileNameOf(id, state)), folder }));
  }

  #lock(folder: string): void {
    if (!this.#locks.has(folder)) this.#locks.set(folder, lockFolder(this.#setup.files, folder));
  }

  #open({ path }: Source): OpenedChunk | undefined {
    const { files } = this.#setup;
    let file: number | undefined;
    try {
      file = files.open(path, 'read');
      const { id, state } = nameOf(files, path, file);
      return { id, state, path, file, size: files.sizeOf(file), seed: seedOf(id) };
    } catch (thrown) {
      if (file !== undefined) files.close(file);
      this.#left.push({ name: path, reason: toError(thrown).message });
      return undefined;
    }
  }

  async #replay(source: Source, opened: OpenedChunk): Promise<void> {
    const { files, deletes, send } = this.#setup;
    const { path, folder } = source;
    const leave = (reason: string): void => void this.#left.push({ name: path, reason });
    const frames = await examineFrames(files, opened);
    const { report } = frames;
    const damage = report.damages.find(({ kind }) => kind !== 'no footer');
    if (report.frames === 0) return leave(damage?.reason ?? 'it holds no event');
    const head = await this.#headOf(frames);
    if (head === undefined) return leave('its head is damaged and it has no footer: give `--tag`');
    if (head.tag === '') return leave('its events have no tag: give `--tag`');
    if (head.isFormatted) {
      const events = `${report.count} event${report.count === 1 ? '' : 's'}`;
      return leave(`it holds ${events} as an output's \`format\` made them, which cannot be sent`);
    }
    const isStaged = folder !== undefined && opened.state === 'staged';
    if (isStaged && damage !== undefined) {
      return leave(`${damage.reason}: \`millrace buffer repair\` mends it`);
    }
    // Its receiver would take it for a repetition if it came again with more events.
    if (isStaged && report.head !== undefined) await seal(files, frames, report.head);
    const rest = undelivered(files, bufferOf(path), { id: opened.id, count: report.count });
    const consignment = consignmentOf(files, frames, head, folder !== undefined, rest);
    if (consignment.count > 0) await send(consignment);
    const isWhole = isComplete(report);
    if (!isWhole) leave(`only its whole frames were sent: ${damage?.reason ?? 'some are missing'}`);
    const isDeleted = deletes && isWhole;
    const { id } = opened;
    if (isDeleted) await this.#delete(isStaged ? queuedPath(opened) : path, id);
    const count = rest?.count ?? report.count;
    const deliveredCount = report.count - count;
    this.#replayed.push({ path, chunkId: id, tag: head.tag, count, deliveredCount, isDeleted });
  }

  async #headOf({ report }: WholeFrames): Promise<ChunkHead | undefined> {
    const { files, tag } = this.#setup;
    if (report.head !== undefined) return { ...report.head, tag: tag ?? report.head.tag };
    return tag === undefined ? undefined : headOfTag(files, report, tag);
  }

  async #delete(path: string, id: string): Promise<void> {
    const { files } = this.#setup;
    await files.remove(path);
    removeIfThere(files, reasonPath(path));
    await files.syncFolder(dirname(path));
    removeIfThere(files, outcomePath(bufferOf(path), id));
  }
}

function isBuffer(files: FileSystem, folder: string): boolean {
  return files.list(folder).includes('store');
}

/** Whether the whole frames are all that there were. */
function isComplete({ damages, lostEvents }: ChunkReport): boolean {
  if (damages.some(hidesEvents)) return false;
  return lostEvents === undefined ? damages.every(({ kind }) => kind !== 'head') : lostEvents === 0;
}

/** A chunk's id and state; a copy may have another name, and then its head tells the id. */
function nameOf(files: FileSystem, path: string, file: number): NamedChunk {
  const named = parseFileName(basename(path));
  if (named !== undefined) return named;
  const start = Buffer.alloc(32);
  files.readNow(file, start, 0);
  const id = chunkIdIn(start) ?? /^[0-9a-f]{32}/.exec(basename(path))?.[0];
  if (id !== undefined) return { id, state: 'staged' };
  throw new MillraceError('MR_BUFFER', 'it is no chunk file');
}

function queuedPath({ id, path }: OpenedChunk): string {
  return join(dirname(path), fileNameOf(id, 'queued'));
}

async function seal(files: FileSystem, frames: WholeFrames, head: ChunkHead): Promise<void> {
  const { footer, opened } = frames.report;
  if (footer === undefined) return rewriteInPlace(files, frames, head);
  renameToQueued(files, opened.path, opened.id);
  await files.syncFolder(dirname(opened.path));
}

function consignmentOf(
  files: FileSystem,
  { report }: WholeFrames,
  head: ChunkHead,
  isOfBuffer: boolean,
  rest: Rest | undefined,
): Consignment {
  const { contentBytes, count, opened, runs } = report;
  const { createdMs, tag } = head;
  const { file, id, seed } = opened;
  const own = originOf(id);
  if (rest !== undefined) {
    const part = partId(id, rest.ranges);
    return {
      ...{ id: part, tag, count: rest.count, createdMs, sizeBytes: contentBytes },
      origin: branchOrigin(own, `part-${part}`),
      async *bytes() {
        const pieces = selectEntries(readPieces(files, file, runs, seed), rest.ranges);
        for await (const { bytes } of pieces) yield bytes;
      },
    };
  }
  return {
    ...{ id, tag, count, createdMs, sizeBytes: contentBytes },
    // Of a copy nobody knows what became of the chunk: it must not be refused as a repetition of that.
    origin: isOfBuffer ? own : branchOrigin(own, `replay-${contentBytes}`),
    async *bytes() {
      for await (const { bytes } of readPieces(files, file, runs, seed)) yield bytes;
    },
  };
}

/** What a store says of its chunk; never that others are gone. */
function originOf(id: string): Origin | undefined {
  const parts = parseChunkId(id);
  if (parts === undefined) return undefined;
  const { store, epoch, counter } = parts;
  return { source: store, epoch, begin: counter, end: counter + 1, low: 0 };
}
