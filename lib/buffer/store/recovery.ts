import { join } from 'node:path';
import type { Log } from '../../log.ts';
import type { ChunkHead } from './chunk_head.ts';
import { FileChunk, type FileState, fileNameOf, parseFileName } from './file_chunk.ts';
import { readFooter, readHead } from './file_ends.ts';
import type { FileSystem } from './file_system.ts';
import { footerMagic } from './footer.ts';
import type { OriginPart } from './frame_origin.ts';
import { OriginList } from './origin_list.ts';
import { isAllZero, type Quarantine, wholeFileReasons } from './quarantine.ts';
import { type ScanReport, type Stretch, scanFrames } from './scan.ts';
import { removeIfThere } from './small_file.ts';
import { isOwnName } from './store_folder.ts';
import type { StoreMeters } from './store_meters.ts';

/** What recovery works with. */
export interface RecoverySetup {
  readonly files: FileSystem;
  readonly folder: string;
  readonly quarantine: Quarantine;
  readonly log: Log;
  readonly meters: StoreMeters;
  readonly onOrigin: (origin: OriginPart) => void;
}

/** So often, others get their turn. */
const filesInOneGo = 500;
const filesAtOnce = 8;

/** Brings the chunk files of a folder back, a few at a time, in bounded memory. What is damaged is put aside and counted. */
export class Recovery {
  readonly #setup: RecoverySetup;

  constructor(setup: RecoverySetup) {
    this.#setup = setup;
  }

  /** All chunks that can be used, in the order in which they were begun. Never rejects because of what is in a file. */
  async recover(names: readonly string[]): Promise<FileChunk[]> {
    const named = this.#chunksAmong(names);
    const chunks: (FileChunk | undefined)[] = [];
    let next = 0;
    // A staged file waits for the disk: several wait together.
    const recoverSome = async (): Promise<void> => {
      for (let index = next++; index < named.length; index = next++) {
        if (index % filesInOneGo === 0) await new Promise(setImmediate);
        const { id, state } = named[index] ?? {};
        if (id === undefined || state === undefined) return;
        const isRepeated = id === named[index - 1]?.id;
        chunks[index] = await this.#takeUp(id, state, isRepeated);
      }
    };
    await Promise.all(Array.from({ length: filesAtOnce }, recoverSome));
    return chunks.filter((chunk) => chunk !== undefined);
  }

  /**
   * Looks into a chunk of an earlier process: what is whole in it is known from then on. Resolves with its head;
   * undefined when that is damaged, and the file was put aside.
   */
  async check(chunk: FileChunk): Promise<ChunkHead | undefined> {
    const { files, folder } = this.#setup;
    const path = chunk.pathIn(folder);
    const file = files.open(path, 'read');
    try {
      const reading = readHead(files, file, chunk.id, files.sizeOf(file));
      if (reading.state !== 'good') {
        await this.#badHead(chunk.id, chunk.state, path, reading.state);
        return undefined;
      }
      chunk.head = reading.head;
      chunk.headLength = reading.length;
      const report = await scanFrames({
        files,
        file,
        start: chunk.headLength,
        end: chunk.length,
        seed: chunk.seed,
        checksContent: true,
        onOrigin: () => {},
      });
      const gaps = [...report.gaps];
      const tail = { start: report.tailStart, end: chunk.length };
      if (tail.start < tail.end) {
        // The power may have failed between the name and the footer, which nobody waits for.
        if (await this.#isNothing(file, tail)) this.#setup.meters.tornTails.add();
        else gaps.push(tail);
      }
      await this.#keepGaps(chunk, file, gaps);
      apply(chunk, report);
      chunk.isChecked = true;
      return chunk.head;
    } finally {
      files.close(file);
    }
  }

  /** Puts the whole file of a chunk aside. */
  async keepWhole(chunk: FileChunk): Promise<void> {
    const name = fileNameOf(chunk.id, chunk.state);
    await this.#putAside(chunk.id, name, wholeFileReasons.delivered);
  }

  /** The chunks that the names are of, in the order of their ids; tells of all other names. */
  #chunksAmong(names: readonly string[]): { readonly id: string; readonly state: FileState }[] {
    const named: { readonly id: string; readonly state: FileState }[] = [];
    const foreign: string[] = [];
    for (const name of [...names].sort()) {
      const parsed = parseFileName(name);
      if (parsed !== undefined) named.push(parsed);
      else if (!isOwnName(name)) foreign.push(name);
    }
    if (foreign.length > 0) {
      const some = foreign.slice(0, 5).join(', ');
      this.#setup.log.warn(
        `the buffer folder ${this.#setup.folder} holds ${foreign.length} files that are no chunks and are left alone: ${some}`,
      );
    }
    return named;
  }

  /** A chunk as it can be used; undefined when it cannot. */
  async #takeUp(id: string, state: FileState, isRepeated: boolean): Promise<FileChunk | undefined> {
    const name = fileNameOf(id, state);
    try {
      if (!isRepeated) return await (state === 'queued' ? this.#queued(id) : this.#staged(id));
      await this.#putAside(id, name, wholeFileReasons.duplicate);
    } catch (error) {
      this.#setup.meters.unreadableFiles.add();
      this.#setup.log.error(`the chunk file ${name} cannot be read and is left as it is`, {
        error,
      });
    }
    return undefined;
  }

  /** Only its footer is read: it got its name when it was safe, and is checked before it is used. */
  async #queued(id: string): Promise<FileChunk | undefined> {
    const { files, folder } = this.#setup;
    const path = join(folder, fileNameOf(id, 'queued'));
    const file = files.open(path, 'read');
    let isBad = false;
    try {
      const size = files.sizeOf(file);
      const seed = new FileChunk(id, 0, 'queued').seed;
      const found = readFooter(files, file, seed, size);
      if (found?.footer.origins !== undefined) {
        const { footer, start } = found;
        for (const origin of footer.origins ?? []) this.#setup.onOrigin(origin);
        const chunk = recovered(id, footer.createdMs);
        chunk.length = start;
        chunk.count = footer.count;
        chunk.contentBytes = footer.contentBytes;
        chunk.frames = footer.frames;
        return chunk;
      }
      const reading = readHead(files, file, id, size);
      if (reading.state === 'newer') return this.#leaveNewer(id);
      isBad = reading.state === 'bad';
      if (reading.state === 'good') {
        const chunk = recovered(id, reading.head.createdMs);
        chunk.headLength = reading.length;
        chunk.length = found?.start ?? size;
        // Without a footer its end may not be what was safe, and the origins of that must not count.
        const report = await this.#scan(chunk, file, found === undefined);
        chunk.count = report.count;
        chunk.contentBytes = report.contentBytes;
        chunk.frames = report.frames;
        return chunk;
      }
    } finally {
      files.close(file);
    }
    if (isBad) await this.#badHead(id, 'queued', path);
    return undefined;
  }

  /** Every byte is checked; a torn end is cut off. */
  async #staged(id: string): Promise<FileChunk | undefined> {
    const { files, folder } = this.#setup;
    const path = join(folder, fileNameOf(id, 'staged'));
    const file = files.open(path, 'update');
    try {
      const size = files.sizeOf(file);
      const reading = readHead(files, file, id, size);
      if (reading.state === 'newer') return this.#leaveNewer(id);
      if (reading.state === 'good') {
        const chunk = recovered(id, reading.head.createdMs);
        chunk.state = 'staged';
        chunk.origins = new OriginList();
        chunk.head = reading.head;
        chunk.headLength = reading.length;
        chunk.isChecked = true;
        return await this.#restage(chunk, file, size);
      }
    } finally {
      files.close(file);
    }
    await this.#badHead(id, 'staged', path);
    return undefined;
  }

  async #restage(chunk: FileChunk, file: number, size: number): Promise<FileChunk | undefined> {
    const { files, folder } = this.#setup;
    // What an earlier process wrote it may not have synced, and its sources are told that it is stored.
    await files.sync(file);
    const found = readFooter(files, file, chunk.seed, size);
    chunk.length = found?.start ?? size;
    const report = await this.#scan(chunk, file, true);
    const gaps = [...report.gaps];
    const tail = { start: report.tailStart, end: chunk.length };
    if (found !== undefined && tail.start < tail.end) gaps.push(tail);
    await this.#keepGaps(chunk, file, gaps);
    const isTorn = found === undefined && tail.start < tail.end;
    if (isTorn && (await this.#keepTail(chunk, file, tail))) {
      files.truncate(file, tail.start);
      chunk.length = tail.start;
    }
    apply(chunk, report);
    chunk.syncedLength = chunk.length;
    if (chunk.count === 0 && report.frames === 0 && chunk.length === chunk.headLength) {
      await files.remove(chunk.pathIn(folder));
      return undefined;
    }
    // Whoever appends must find the end of the file where the last whole frame ends.
    const isAppendable = found === undefined && gaps.length === 0 && tail.start === chunk.length;
    if (!isAppendable) chunk.isSealed = true;
    return chunk;
  }

  /** True when the tail may be cut off. */
  async #keepTail(chunk: FileChunk, file: number, tail: Stretch): Promise<boolean> {
    const { log, meters } = this.#setup;
    meters.tornTails.add();
    log.warn(
      `chunk ${chunk.id}: the last ${tail.end - tail.start} bytes were not written whole and are cut off`,
    );
    if (await this.#isNothing(file, tail)) return true;
    return this.#keepGaps(chunk, file, [tail], 'the end of the file was not written whole');
  }

  /** Whether an end that is no frame never was one: the beginning of a footer, or zeros. */
  async #isNothing(file: number, tail: Stretch): Promise<boolean> {
    const { files } = this.#setup;
    const start = Buffer.alloc(footerMagic.length);
    const isFooter =
      files.readNow(file, start, tail.start) === start.length && start.equals(footerMagic);
    return isFooter || isAllZero(files, file, tail);
  }

  /** True when all of it could be kept. */
  async #keepGaps(
    chunk: FileChunk,
    file: number,
    gaps: readonly Stretch[],
    reason = 'no whole frame: a checksum or a length is wrong',
  ): Promise<boolean> {
    const { log, meters, quarantine } = this.#setup;
    let isKept = true;
    for (const gap of gaps) {
      const bytes = gap.end - gap.start;
      const about = { chunkId: chunk.id, tag: chunk.head?.tag, reason };
      try {
        await quarantine.keepStretch(file, gap, about);
        meters.quarantined.add();
        log.error(
          `chunk ${chunk.id}: ${bytes} bytes at ${gap.start} are put aside in ${quarantine.folder}: ${reason}`,
        );
      } catch (error) {
        isKept = false;
        chunk.mustBeKept = true;
        log.error(
          `chunk ${chunk.id}: ${bytes} damaged bytes at ${gap.start} cannot be put aside in ${quarantine.folder}`,
          { error },
        );
      }
    }
    return isKept;
  }

  async #badHead(
    id: string,
    state: FileState,
    path: string,
    why: 'bad' | 'newer' = 'bad',
  ): Promise<void> {
    const { files } = this.#setup;
    const file = files.open(path, 'read');
    let isEmpty: boolean;
    try {
      // A file that got its name but not its bytes before a power cut: nothing in it was ever acknowledged.
      isEmpty = await isAllZero(files, file, { start: 0, end: files.sizeOf(file) });
    } finally {
      files.close(file);
    }
    const reason = why === 'bad' ? wholeFileReasons.head : wholeFileReasons.newer;
    if (isEmpty) removeIfThere(files, path);
    else await this.#putAside(id, fileNameOf(id, state), reason);
  }

  async #putAside(id: string, name: string, reason: string): Promise<void> {
    const { folder, log, meters, quarantine } = this.#setup;
    const about = { chunkId: id, tag: undefined, reason };
    await quarantine.keepFile(join(folder, name), name, about);
    meters.quarantined.add();
    log.error(`the chunk file ${name} is put aside in ${quarantine.folder}: ${reason}`);
  }

  #leaveNewer(id: string): undefined {
    this.#setup.meters.unreadableFiles.add();
    this.#setup.log.error(
      `chunk ${id} was written by a later version of Millrace and is left alone`,
    );
    return undefined;
  }

  #scan(chunk: FileChunk, file: number, checksContent: boolean): Promise<ScanReport> {
    return scanFrames({
      files: this.#setup.files,
      file,
      start: chunk.headLength,
      end: chunk.length,
      seed: chunk.seed,
      checksContent,
      onOrigin: (origin) => {
        chunk.origins?.add(origin);
        this.#setup.onOrigin(origin);
      },
    });
  }
}

function recovered(id: string, createdMs: number): FileChunk {
  const chunk = new FileChunk(id, createdMs, 'queued');
  // A sealed chunk has told what origins it has.
  chunk.origins = undefined;
  chunk.isNameNew = false;
  chunk.isChecked = false;
  chunk.isSealed = false;
  return chunk;
}

function apply(chunk: FileChunk, report: ScanReport): void {
  chunk.runs = report.gaps.length > 0 || report.tailStart < chunk.length ? report.runs : undefined;
  chunk.count = report.count;
  chunk.contentBytes = report.contentBytes;
  chunk.frames = report.frames;
}
