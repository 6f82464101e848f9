import { join } from 'node:path';
import { systemCode } from '../error.ts';
import type { Log } from '../log.ts';
import type { PartOutcome } from './bisection.ts';
import { chunkOfOutcomes, outcomeFolder, outcomePath, readOutcomes } from './outcome_file.ts';
import type { FileSystem } from './store/file_system.ts';
import { removeIfThere } from './store/small_file.ts';
import { makeDurableFolder } from './store/store_folder.ts';

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
    this.#folder = outcomeFolder(bufferFolder);
    this.#log = log;
    for (const name of this.#list(this.#folder)) {
      const id = chunkOfOutcomes(name);
      if (id === undefined) continue;
      // A move was killed before it had its name.
      if (name.endsWith('.tmp')) removeIfThere(files, join(this.#folder, name));
      else this.#lengths.set(id, 0);
    }
    this.#removeOrphans();
  }

  has(id: string): boolean {
    return this.#lengths.has(id);
  }

  /** Gives all outcomes to `apply`, up to the first line that is damaged or that `apply` has no use for; how many that were. @throws what the disk throws */
  load(id: string, apply: (outcome: PartOutcome) => boolean): number {
    const { count, goodBytes } = readOutcomes(this.#files, this.#pathOf(id), apply);
    this.#lengths.set(id, goodBytes);
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
    return outcomePath(this.#bufferFolder, id);
  }
}
