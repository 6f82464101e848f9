import { join } from 'node:path';
import { toError } from '../../error.ts';
import { restoreOrigins } from '../origin_snapshot.ts';
import { OriginTable } from '../origin_table.ts';
import { fileNameOf, parseFileName } from '../store/file_chunk.ts';
import type { FileSystem } from '../store/file_system.ts';
import { readIdentity } from '../store/identity.ts';
import { assertUnused, lockFolder } from '../store/lock.ts';
import { Quarantine, wholeFileReasons } from '../store/quarantine.ts';
import { readSmallFile, removeIfThere } from '../store/small_file.ts';
import { listFolder } from '../store/store_folder.ts';
import { listIfThere } from '../survey/folder.ts';
import { type OpenedChunk, openChunk } from '../survey/open_chunk.ts';
import { examineFrames, type Mending, mendChunk } from './mend_chunk.ts';
import type { Left, Mended, RepairReport } from './report.ts';
import { reasonPath, restoreChunk } from './restore.ts';

/** What a folder is repaired with. */
export interface RepairSetup {
  readonly files: FileSystem;
  readonly folder: string;
  /** The tag of chunks that nothing tells the tag of. */
  readonly tag: string | undefined;
  /** Nothing is changed, only told. */
  readonly isDryRun: boolean;
  /** The time as a person reads it. */
  readonly now: () => string;
  /** So many files are to be looked at. */
  readonly onStart?: (count: number) => void;
  /** One more is done with. */
  readonly onFile?: () => void;
}

/**
 * Mends all chunk files of a buffer's folder, and takes back from quarantine what can be mended. Whatever is taken
 * out of a file lies in quarantine before. May be killed at any moment and run again.
 * @throws MR_BUFFER when a process uses the folder, and the system's error when it cannot be listed
 */
export async function repairFolder(setup: RepairSetup): Promise<RepairReport> {
  const { files, folder } = setup;
  // Names a folder that is not there before a lock is tried in it.
  files.list(folder);
  if (setup.isDryRun) {
    assertUnused(files, folder);
    return new Repair(setup).run();
  }
  const lock = lockFolder(files, folder);
  try {
    return await new Repair(setup).run();
  } finally {
    lock.release();
  }
}

class Repair {
  readonly #setup: RepairSetup;
  readonly #mending: Mending;
  readonly #chunks = new Map<string, string>();
  readonly #mended: Mended[] = [];
  readonly #left: Left[] = [];
  /** With a dry run, files that would lie in quarantine now. */
  readonly #wouldBeAside: string[] = [];

  constructor(setup: RepairSetup) {
    const { files, folder, isDryRun, now } = setup;
    this.#setup = setup;
    this.#mending = { files, isDryRun, quarantine: new Quarantine(files, folder, now) };
  }

  async run(): Promise<RepairReport> {
    const { files, folder, isDryRun, onStart, onFile } = this.#setup;
    const aside = join(folder, 'quarantine');
    // Only a real run may delete what an interrupted one left.
    const names = isDryRun ? files.list(folder) : listFolder(files, folder);
    const chunkNames = names.filter((name) => parseFileName(name) !== undefined).sort();
    const wholeBefore = listIfThere(files, aside).filter((name) => parseFileName(name));
    onStart?.(chunkNames.length + wholeBefore.length);
    let looked = 0;
    for (const name of chunkNames) {
      await this.#try(folder, name, (opened) => this.#mend(opened));
      looked += 1;
      onFile?.();
    }
    await this.#mendOwnFiles();
    if (!isDryRun) this.#clean(aside);
    for (const name of listIfThere(files, aside).filter((each) => parseFileName(each))) {
      await this.#try(aside, name, (opened) => this.#restore(opened));
      // Others were looked at before they were put aside.
      if (!wholeBefore.includes(name)) continue;
      looked += 1;
      onFile?.();
    }
    for (const name of this.#wouldBeAside) {
      await this.#try(folder, name, (opened) => this.#restore(opened));
    }
    return { looked, mended: this.#mended, left: this.#left };
  }

  async #try(
    folder: string,
    name: string,
    work: (opened: OpenedChunk) => Promise<void>,
  ): Promise<void> {
    const { files } = this.#setup;
    const named = parseFileName(name);
    if (named === undefined) return;
    let opened: OpenedChunk | undefined;
    try {
      opened = openChunk(files, folder, named);
      if (opened !== undefined) await work(opened);
    } catch (thrown) {
      this.#left.push({ name, reason: `it cannot be mended now: ${toError(thrown).message}` });
    } finally {
      if (opened !== undefined) files.close(opened.file);
    }
  }

  async #mend(opened: OpenedChunk): Promise<void> {
    const { files } = this.#setup;
    const { id, state } = opened;
    const name = fileNameOf(id, state);
    // A sealed one comes first by its name, and counts.
    if (this.#chunks.has(id)) return this.#putAside(opened, wholeFileReasons.duplicate);
    const frames = await examineFrames(files, opened);
    const [damage] = frames.report.damages;
    if (damage?.kind === 'head') return this.#putAside(opened, wholeFileReasons.head);
    this.#chunks.set(id, name);
    if (damage?.kind === 'newer') {
      this.#left.push({ name, reason: wholeFileReasons.newer });
      return;
    }
    const mended = await mendChunk(this.#mending, frames);
    if (mended !== undefined) this.#mended.push(mended);
  }

  async #putAside({ id, state, path }: OpenedChunk, reason: string): Promise<void> {
    const { files, folder, isDryRun } = this.#setup;
    const name = fileNameOf(id, state);
    if (isDryRun) {
      if (reason === wholeFileReasons.head) this.#wouldBeAside.push(name);
      else this.#left.push({ name, reason });
      return;
    }
    await this.#mending.quarantine.keepFile(path, name, { chunkId: id, tag: undefined, reason });
    await files.syncFolder(folder);
  }

  async #restore(opened: OpenedChunk): Promise<void> {
    const { files, folder, tag } = this.#setup;
    const frames = await examineFrames(files, opened);
    const isThere = (id: string): boolean => this.#chunks.has(id);
    const outcome = await restoreChunk({ ...this.#mending, folder, tag, isThere }, frames);
    if (!('remedy' in outcome)) {
      this.#left.push(outcome);
      return;
    }
    this.#mended.push(outcome);
    if (outcome.remedy === 'restored') this.#chunks.set(opened.id, outcome.name);
  }

  /** The next start makes anew what is damaged of these: from the ids of the chunks, and from their frames. */
  async #mendOwnFiles(): Promise<void> {
    const { files, folder } = this.#setup;
    const isIdentityBad = readIdentity(files, folder) === undefined;
    if (isIdentityBad) await this.#keepOwn('store', 'the identity of the store is damaged', []);
    const bytes = readSmallFile(files, join(folder, 'origins'));
    if (bytes === undefined || restoreOrigins(new OriginTable(), bytes)) return;
    const missing = ['events that were delivered and are offered again may be stored again'];
    await this.#keepOwn('origins', 'the list of stored origins is damaged', missing);
  }

  async #keepOwn(name: string, reason: string, missing: readonly string[]): Promise<void> {
    const { files, folder, isDryRun } = this.#setup;
    const bytes = readSmallFile(files, join(folder, name));
    if (bytes === undefined) return;
    if (!isDryRun) {
      const about = { chunkId: undefined, tag: undefined, reason };
      await this.#mending.quarantine.keepFile(join(folder, name), name, about);
      await files.syncFolder(folder);
    }
    const remedy = 'put aside';
    this.#mended.push({
      ...{ name, chunkId: undefined, remedy, damages: [reason] },
      ...{ count: 0, keptBytes: bytes.length, missing },
    });
  }

  /** Deletes what an interrupted repair left in quarantine: half a file, or the reason for a file that is no more there. */
  #clean(aside: string): void {
    const { files } = this.#setup;
    const names = new Set(listIfThere(files, aside));
    for (const name of names) {
      const owner = name.replace(/\.(?:tmp|reason\.json)$/, '');
      if (owner === name || parseFileName(owner) === undefined) continue;
      const isReasoned = join(aside, name) === reasonPath(join(aside, owner)) && names.has(owner);
      if (!isReasoned) removeIfThere(files, join(aside, name));
    }
  }
}
