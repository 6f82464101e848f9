import { fstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findCopy, isCopyOf } from './copies.ts';
import type { Departures } from './departures.ts';
import type { Spot } from './file_table.ts';
import type { OpenFile } from './found_file.ts';
import type { RosterSetup } from './roster_setup.ts';
import { nameBeforeRotation } from './rotation_name.ts';
import { TailedFile } from './tailed_file.ts';

/** Notices that files were truncated, and what belongs to it: the copies that were made before. */
export class Truncations {
  readonly #setup: RosterSetup;
  readonly #departures: Departures;
  readonly #adoptUnseen: (spot: Spot) => void;

  /** `adoptUnseen` takes up logs beside a path that nobody has seen there. */
  constructor(setup: RosterSetup, departures: Departures, adoptUnseen: (spot: Spot) => void) {
    this.#setup = setup;
    this.#departures = departures;
    this.#adoptUnseen = adoptUnseen;
  }

  /** A file's size or time has changed: there is something to read, or it was truncated. */
  look(file: TailedFile): void {
    if (file.size < file.leastSize) this.restart(file);
    else if (file.size > file.offset || !file.isAtEnd) this.#setup.onReady(file);
    // As long as before, and yet written.
    else this.verify(file);
  }

  /** Makes sure that a file still holds what was read of it; gives the generation that it holds now. */
  verify(file: TailedFile): TailedFile {
    const descriptor = this.#setup.openFiles.descriptorOf(file);
    if (descriptor === undefined) return file;
    file.notice(fstatSync(descriptor, { bigint: true }));
    return file.isIntact(descriptor, file.size) ? file : (this.restart(file) ?? file);
  }

  /**
   * The file's bytes are no longer those that were read: a new generation of it begins. What was not read of the
   * old one, or not stored, is read in the copy that was made before the truncation, if there is one.
   */
  restart(file: TailedFile): TailedFile | undefined {
    const { table, openFiles, records, log, meters, onReady } = this.#setup;
    if (file.isLost || !table.isNewest(file)) return undefined;
    const { path, place, identity, isRotated, restingSinceMs } = file;
    const fresh = new TailedFile({ path, place, identity, generation: file.generation + 1 });
    fresh.isRotated = isRotated;
    fresh.restingSinceMs = restingSinceMs;
    openFiles.descriptorOf(file);
    openFiles.pass(file, fresh);
    records.pass(file, fresh);
    table.replace(file, fresh);
    if (fresh.descriptor !== undefined) fresh.notice(fstatSync(fresh.descriptor, { bigint: true }));
    const spot = table.spotAt(path);
    const copy = spot === undefined ? undefined : findCopy(file, table.strangersBeside(spot));
    meters.truncations.add();
    log.info(`\`${path}\` was truncated`, { copy: copy?.place });
    if (copy === undefined) {
      if (!file.isAtEnd)
        log.warn(`lines at the end of \`${path}\` may be lost: no copy of it was found`);
      this.#departures.abandon(file);
    } else {
      file.moveTo(copy);
      openFiles.keep(file, copy);
      table.enterMoved(file);
      this.#departures.leave(file);
      records.add(file);
    }
    if (spot !== undefined) this.#adoptBetween(file, fresh, spot);
    records.update(fresh);
    // A name must not be used again for other bytes, not even after a power cut.
    records.saveForGood();
    onReady(file);
    onReady(fresh);
    return fresh;
  }

  /**
   * A file that was seen empty is about to be read. Generations may have come and gone since, and left no trace but
   * copies: an empty file cannot be seen to be truncated.
   */
  begins(file: TailedFile): void {
    const spot = this.#setup.table.spotAt(file.path);
    if (spot !== undefined) this.#adoptBetween(undefined, file, spot);
  }

  #adoptBetween(former: TailedFile | undefined, fresh: TailedFile, spot: Spot): void {
    const isNewest = spot.newest === fresh;
    if (isNewest) spot.newest = former;
    this.#adoptUnseen(spot);
    const { newest } = spot;
    if (!isNewest) return;
    if (newest !== undefined && !newest.isAtEnd && !newest.isLost) fresh.predecessor = newest;
    spot.newest = fresh;
  }

  /** Whether a file with the name of a rotated log is a copy of the log, which is still there. */
  isBeingCopied(open: OpenFile): boolean {
    const name = nameBeforeRotation(basename(open.place));
    if (name === undefined) return false;
    const original = this.#setup.table.spotAt(join(dirname(open.place), name))?.file;
    const descriptor = original && this.#setup.openFiles.descriptorOf(original);
    if (original === undefined || descriptor === undefined) return false;
    const size = Number(fstatSync(descriptor, { bigint: true }).size);
    // If it was truncated a moment ago, that is dealt with first.
    return !original.isIntact(descriptor, size) || isCopyOf(open, descriptor);
  }
}
