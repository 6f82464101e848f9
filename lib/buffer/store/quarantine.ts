import { dirname, join } from 'node:path';
import { systemCode } from '../../error.ts';
import type { FileSystem, ReadingFiles } from './file_system.ts';
import { holdSame } from './same.ts';
import type { Stretch } from './scan.ts';
import { readSmallFile, removeIfThere } from './small_file.ts';
import { makeDurableFolder } from './store_folder.ts';

/** What is known of bytes that are put aside. */
export interface Quarantined {
  /** Undefined when they are no chunk's. */
  readonly chunkId: string | undefined;
  /** The tag, where the head could be read. */
  readonly tag: string | undefined;
  readonly reason: string;
}

/** Why a whole file is put aside. */
export const wholeFileReasons = {
  head: 'the head of the chunk file is damaged',
  newer: 'the chunk file was written by a later version of Millrace',
  duplicate: 'another file holds a chunk with the same id',
  /** What is whole in it was delivered. */
  delivered: 'damaged bytes in it could not be put aside',
} as const;

const copyBytes = 1024 * 1024;

/**
 * Keeps what cannot be used, for a person to look at: the bytes and, beside them, a `.reason.json`. Putting the
 * same bytes aside again changes nothing.
 */
export class Quarantine {
  readonly folder: string;
  readonly #files: FileSystem;
  readonly #now: () => string;
  #isMade = false;

  /** `now` gives the time as a person reads it. */
  constructor(files: FileSystem, bufferFolder: string, now: () => string) {
    this.#files = files;
    this.folder = join(bufferFolder, 'quarantine');
    this.#now = now;
  }

  /** Copies a stretch of a chunk file. Rejects when that cannot be done. */
  async keepStretch(file: number, stretch: Stretch, about: Quarantined): Promise<void> {
    await this.#make();
    const { start, end } = stretch;
    const name = await this.#freeName(`${about.chunkId}-${start}`, file, stretch);
    if (name === undefined) return;
    const path = this.#bytesPath(name);
    removeIfThere(this.#files, path);
    const copy = this.#files.open(path, 'create', 0o600);
    try {
      this.#files.copyAccess(file, copy);
      const bytes = Buffer.allocUnsafe(Math.min(copyBytes, end - start));
      let done = 0;
      while (start + done < end) {
        const target = bytes.subarray(0, Math.min(bytes.length, end - start - done));
        const read = await this.#files.read(file, target, start + done);
        if (read === 0) break;
        this.#files.write(copy, [bytes.subarray(0, read)], done);
        done += read;
      }
      await this.#files.sync(copy);
    } finally {
      this.#files.close(copy);
    }
    await this.#explain(name, { ...about, offset: start, bytes: end - start });
  }

  /** Moves a whole file. Rejects when that cannot be done. */
  async keepFile(path: string, fileName: string, about: Quarantined): Promise<void> {
    await this.#make();
    // First why, then what: nothing lies there without a reason, and a file that cannot be explained stays.
    const taken = new Set(this.#files.list(this.folder));
    let name = fileName;
    for (let number = 2; taken.has(name); number += 1) name = `${fileName}.${number}`;
    await this.#explain(name, about);
    this.#files.rename(path, join(this.folder, name));
  }

  /**
   * A name for a stretch, and undefined when it lies there already. The file may have been mended since another one
   * was put aside, and then other bytes are at the same place.
   */
  async #freeName(base: string, file: number, stretch: Stretch): Promise<string | undefined> {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? base : `${base}.${number}`;
      // The reason comes last: bytes without one were not copied to the end.
      if (readSmallFile(this.#files, this.#reasonPath(name)) === undefined) return name;
      const isSame = await this.#holds(this.#bytesPath(name), file, stretch);
      if (isSame === undefined) return name;
      if (isSame) return undefined;
    }
  }

  /** Whether a file holds just the bytes of a stretch; undefined when there is none. */
  async #holds(path: string, other: number, { start, end }: Stretch): Promise<boolean | undefined> {
    let file: number;
    try {
      file = this.#files.open(path, 'read');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const own = { start: 0, end: this.#files.sizeOf(file) };
      return await holdSame(this.#files, file, [own], other, [{ start, end }]);
    } finally {
      this.#files.close(file);
    }
  }

  #bytesPath(name: string): string {
    return join(this.folder, `${name}.bytes`);
  }

  #reasonPath(name: string): string {
    return join(this.folder, `${name}.reason.json`);
  }

  async #make(): Promise<void> {
    if (!this.#isMade)
      await makeDurableFolder(this.#files, this.folder, 0o755, dirname(this.folder));
    this.#isMade = true;
  }

  async #explain(name: string, about: object): Promise<void> {
    const path = this.#reasonPath(name);
    removeIfThere(this.#files, path);
    const file = this.#files.open(path, 'create');
    try {
      const text = JSON.stringify({ ...about, foundAt: this.#now() }, undefined, 2);
      this.#files.write(file, [Buffer.from(`${text}\n`)], 0);
      await this.#files.sync(file);
    } finally {
      this.#files.close(file);
    }
    await this.#files.syncFolder(this.folder);
  }
}

/** Whether a stretch of a file holds nothing but zeros, as a file system leaves them after a power cut. */
export async function isAllZero(
  files: ReadingFiles,
  file: number,
  { start, end }: Stretch,
): Promise<boolean> {
  const bytes = Buffer.allocUnsafe(Math.max(1, Math.min(copyBytes, end - start)));
  let position = start;
  while (position < end) {
    const target = bytes.subarray(0, Math.min(bytes.length, end - position));
    const read = await files.read(file, target, position);
    if (read === 0) return true;
    for (let index = 0; index < read; index += 1) if (target[index] !== 0) return false;
    position += read;
  }
  return true;
}
