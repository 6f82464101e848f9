import { join } from 'node:path';
import { type Rejection, systemCode } from '../error.ts';
import type { Log } from '../log.ts';
import type { PartOutcome } from './bisection.ts';
import type { FileSystem } from './store/file_system.ts';
import { readSmallFile, removeIfThere } from './store/small_file.ts';
import { makeDurableFolder } from './store/store_folder.ts';

/*
 * `bisection/ID.jsonl` in the folder of a buffer: how the writes of parts of chunk ID ended, one a line, in order.
 * The first one is about the whole chunk. `end` is not included.
 *
 *     {"first":0,"end":1000,"refused":"the field `n` is no number"}
 *     {"first":0,"end":500,"rejected":[]}
 */

/** The name of the folder. */
export const journalFolderName = 'bisection';

/** What has come of the parts of chunks, on disk. */
export class OutcomeJournal {
  readonly #files: FileSystem;
  readonly #bufferFolder: string;
  readonly #folder: string;
  readonly #log: Log;
  /** How many bytes of each chunk's file are good. */
  readonly #lengths = new Map<string, number>();

  /** Opens the journal of the buffer in a folder, and removes what belongs to chunks that are no more. */
  constructor(files: FileSystem, bufferFolder: string, log: Log) {
    this.#files = files;
    this.#bufferFolder = bufferFolder;
    this.#folder = join(bufferFolder, journalFolderName);
    this.#log = log;
    for (const name of this.#list(this.#folder)) {
      const id = /^([0-9a-f]{32})\.jsonl$/.exec(name)?.[1];
      if (id !== undefined) this.#lengths.set(id, 0);
    }
    this.#removeOrphans();
  }

  has(id: string): boolean {
    return this.#lengths.has(id);
  }

  /** Gives all outcomes to `apply`, up to the first line that is damaged or that `apply` has no use for; how many that were. @throws what the disk throws */
  load(id: string, apply: (outcome: PartOutcome) => boolean): number {
    const bytes = readSmallFile(this.#files, this.#pathOf(id)) ?? Buffer.of();
    let length = 0;
    let count = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, length)) {
      const outcome = parse(bytes.toString('utf8', length, end));
      if (outcome === undefined || !apply(outcome)) break;
      length = end + 1;
      count += 1;
    }
    this.#lengths.set(id, length);
    return count;
  }

  /** Resolves when the outcomes would survive a power cut. @throws what the disk throws; then it may be done again */
  async append(id: string, outcomes: readonly PartOutcome[]): Promise<void> {
    const length = this.#lengths.get(id) ?? 0;
    const text = Buffer.from(outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''));
    if (length === 0) await this.#begin(id);
    const file = this.#files.open(this.#pathOf(id), 'update');
    try {
      if (this.#files.sizeOf(file) > length) this.#files.truncate(file, length);
      this.#files.write(file, [text], length);
      await this.#files.sync(file);
    } finally {
      this.#files.close(file);
    }
    this.#lengths.set(id, length + text.length);
  }

  /** Forgets a chunk that is gone; first its being gone is made to survive a power cut, for it must not come back whole. */
  async remove(id: string): Promise<void> {
    try {
      await this.#files.syncFolder(this.#bufferFolder);
      removeIfThere(this.#files, this.#pathOf(id));
      this.#lengths.delete(id);
    } catch (error) {
      this.#log.warn('what is known of a chunk that is gone cannot be deleted', {
        chunk: id,
        error,
      });
    }
  }

  async #begin(id: string): Promise<void> {
    await makeDurableFolder(this.#files, this.#folder, 0o755);
    removeIfThere(this.#files, this.#pathOf(id));
    this.#files.close(this.#files.open(this.#pathOf(id), 'create'));
    await this.#files.syncFolder(this.#folder);
  }

  /** A chunk that was put aside may be repaired, and then it matters again what has come of its parts. */
  #removeOrphans(): void {
    if (this.#lengths.size === 0) return;
    const quarantine = join(this.#bufferFolder, 'quarantine');
    const names = [...this.#list(this.#bufferFolder), ...this.#list(quarantine)].join('\n');
    for (const id of [...this.#lengths.keys()]) {
      if (names.includes(id)) continue;
      removeIfThere(this.#files, this.#pathOf(id));
      this.#lengths.delete(id);
    }
  }

  #list(folder: string): string[] {
    try {
      return this.#files.list(folder);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${id}.jsonl`);
  }
}

function parse(line: string): PartOutcome | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('first' in value) || !('end' in value)) return undefined;
  const { first, end } = value;
  if (!isIndex(first) || !isIndex(end)) return undefined;
  if ('refused' in value && typeof value.refused === 'string') {
    return { first, end, refused: value.refused };
  }
  if (!('rejected' in value) || !Array.isArray(value.rejected)) return undefined;
  return value.rejected.every(isRejection) ? { first, end, rejected: value.rejected } : undefined;
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isRejection(value: unknown): value is Rejection {
  if (typeof value !== 'object' || value === null) return false;
  return 'index' in value && isIndex(value.index) && 'reason' in value;
}
