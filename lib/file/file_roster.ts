import { closeSync, fstatSync } from 'node:fs';
import { isMadeSince } from './copies.ts';
import { Departures } from './departures.ts';
import { byAge, identityOf, isSameFile, readHead } from './file_identity.ts';
import type { Spot } from './file_table.ts';
import { type FoundFile, findBeside, type OpenFile, realPath, statFile } from './found_file.ts';
import { lastLineBegin } from './last_line.ts';
import type { Position } from './position.ts';
import { fileOfPosition, findRecorded, isFileOf, isReadUp, isWhole } from './recovery.ts';
import type { RosterSetup } from './roster_setup.ts';
import { TailedFile } from './tailed_file.ts';
import { Truncations } from './truncations.ts';

/** Which files there are, whatever their names: sees them come, rotated, truncated and gone. */
export class FileRoster {
  readonly #setup: RosterSetup;
  readonly #departures: Departures;
  readonly #truncations: Truncations;
  /** Positions of files that could not be opened so far. */
  readonly #unopened = new Set<Position>();
  /** Wall clock: whatever was made before this has been seen; 0 if nothing was ever followed. */
  #seenUntilMs = 0;
  #isStart = true;

  constructor(setup: RosterSetup) {
    this.#setup = setup;
    this.#departures = new Departures(setup);
    this.#truncations = new Truncations(setup, this.#departures, (spot) => this.#adoptUnseen(spot));
  }

  /** Finds the files that the position file speaks of, to read on in them. Called once, before anything else. */
  recover(): void {
    const { positions, patterns, table, log, records } = this.#setup;
    const recorded = positions?.positions() ?? [];
    this.#seenUntilMs = Math.max(0, ...recorded.map(({ mark }) => mark?.lookedMs ?? 0));
    records.lookedMs = this.#seenUntilMs;
    for (const position of recorded) {
      const { path, inode } = position;
      if (inode === 0n || !patterns.mayMean(path)) {
        positions?.remove(position);
        continue;
      }
      table.spotOf(path).hasHistory = true;
      const found = findRecorded(position);
      if (found !== undefined) this.#resume(position, found);
      else {
        log.info(`\`${path}\`, which was read up to byte ${position.offset}, is gone`);
        positions?.remove(position);
      }
    }
  }

  /** Says which paths are looked at from now on. Files at other paths are read to their ends and left. */
  setPaths(paths: readonly string[]): void {
    const { table } = this.#setup;
    const wanted = new Set(paths);
    for (const path of paths) table.spotOf(path);
    for (const spot of table.spots) {
      if (wanted.has(spot.path)) continue;
      if (spot.file !== undefined) this.#vacate(spot, spot.file);
      table.removeSpot(spot);
    }
  }

  /** Looks which file lies at a path, and whether it has changed. */
  look(path: string): void {
    const spot = this.#setup.table.spotAt(path);
    if (spot === undefined) return;
    const stats = statFile(path);
    const { file } = spot;
    if (stats?.isFile() !== true) {
      if (file !== undefined) this.#vacate(spot, file);
    } else if (file !== undefined && isSameFile(file.identity, identityOf(stats))) {
      if (file.notice(stats)) this.#truncations.look(file);
    } else {
      if (file !== undefined) this.#vacate(spot, file);
      this.#arrive(spot);
    }
  }

  /** Looks at files that are no longer at their paths; those that are read up and at rest are left. */
  lookAtLeaving(): void {
    const { table, openFiles } = this.#setup;
    for (const file of [...table.leaving]) {
      if (file.isLost) {
        if (file.water.length === 0) this.#departures.forget(file);
        continue;
      }
      const descriptor = openFiles.descriptorOf(file);
      if (descriptor === undefined) this.#departures.lose(file);
      else if (file.notice(fstatSync(descriptor, { bigint: true }))) this.#truncations.look(file);
      else this.#departures.rest(file, descriptor);
    }
  }

  /** A look at everything begins. At the very first start, what was made before is of no interest: it counts as seen. */
  startsLooking(startedMs: number): void {
    const { records } = this.#setup;
    if (records.lookedMs === 0) records.lookedMs = startedMs;
  }

  /** Whatever was made before `startedMs` has been looked at. */
  lookedAtAll(startedMs: number): void {
    this.#seenUntilMs = startedMs;
    this.#setup.records.lookedMs = startedMs;
    this.#isStart = false;
  }

  /** Forgets files that were read up and exist no more. */
  prune(): void {
    const { table } = this.#setup;
    const present = new Set(table.spots.map((spot) => spot.file));
    for (const file of table.files) {
      if (present.has(file) || table.leaving.has(file) || isAt(file, file.place)) continue;
      const moved = findBeside([file.place, realPath(file.path)], file.identity);
      if (moved === undefined) this.#departures.forget(file);
      else file.place = moved.place;
    }
  }

  /** See `Truncations`. */
  restart(file: TailedFile): boolean {
    return this.#truncations.restart(file) !== undefined;
  }

  /** See `Truncations`. */
  begins(file: TailedFile): void {
    this.#truncations.begins(file);
  }

  #resume(position: Position, found: FoundFile): void {
    const { table, openFiles, records, sources, onReady } = this.#setup;
    const file = fileOfPosition(position, found);
    const spot = table.spotOf(file.path);
    file.isRotated = found.place !== file.path;
    if (isReadUp(position, found)) {
      file.isAtEnd = true;
      table.enter(file, spot);
      records.update(file);
      return;
    }
    const open = openFiles.open(found.place);
    if (open === undefined) {
      this.#unopened.add(position);
      return;
    }
    openFiles.keep(file, open);
    table.enter(file, spot);
    if (file.isRotated) this.#departures.leave(file);
    else {
      spot.file = file;
      spot.place = realPath(spot.path);
    }
    const isStillWhole = isWhole(file, open, sources);
    records.update(file);
    if (isStillWhole) onReady(file);
    else this.#truncations.restart(file);
  }

  /** A file is no longer at its path. */
  #vacate(spot: Spot, file: TailedFile): void {
    spot.file = undefined;
    if (file.place !== spot.path || file.isRotated) return;
    // Had it been truncated before, its copy must be found while it can be told from other files beside it.
    this.#departures.rotate(this.#truncations.verify(file));
  }

  /** Another file lies at a path. */
  #arrive(spot: Spot): void {
    const { table, openFiles } = this.#setup;
    const open = openFiles.open(spot.path);
    if (open === undefined) return;
    const identity = identityOf(open.stats);
    const known = table.find(identity);
    const position = [...this.#unopened].find((each) => isFileOf(each, open.stats));
    if (known !== undefined || position !== undefined || this.#truncations.isBeingCopied(open)) {
      closeSync(open.descriptor);
      if (known !== undefined) this.#putAt(spot, known);
      else if (position !== undefined) {
        this.#unopened.delete(position);
        this.#resume(position, open);
      }
      return;
    }
    const former = table.withInodeOf(identity);
    if (former !== undefined) this.#departures.forget(former);
    spot.place = realPath(spot.path);
    this.#adoptUnseen(spot);
    spot.file = this.#begin(spot, open, this.#startsAtHead(spot, open));
  }

  /** A known file lies at a path: moved there, moved back, or by a second name. */
  #putAt(spot: Spot, file: TailedFile): void {
    const { table, records, onReady } = this.#setup;
    spot.file = file;
    if (!isAt(file, file.place)) {
      file.place = spot.path;
      if (file.path !== spot.path && !file.isRotated) this.#departures.rotate(file);
    }
    if (file.path === spot.path && file.isRotated) {
      file.place = spot.path;
      Object.assign(file, { isRotated: false, isEnding: false });
      table.leaving.delete(file);
      records.update(file);
    }
    onReady(file);
  }

  #startsAtHead(spot: Spot, { stats }: OpenFile): boolean {
    if (!this.#isStart || spot.hasHistory || this.#setup.readsFromHead) return true;
    // Made while nobody looked: all of it is new.
    return this.#seenUntilMs > 0 && isMadeSince({ place: spot.path, stats }, this.#seenUntilMs);
  }

  /** Takes up logs that came and were rotated away between two looks. */
  #adoptUnseen(spot: Spot): void {
    if (!spot.hasHistory || this.#seenUntilMs === 0) return;
    const { table, openFiles, log, meters, records } = this.#setup;
    const unseen = table
      .strangersBeside(spot)
      .filter((found) => isMadeSince(found, this.#seenUntilMs))
      .sort((one, other) => byAge(one.stats, other.stats));
    for (const { place } of unseen) {
      const open = openFiles.open(place);
      if (open === undefined) continue;
      if (this.#truncations.isBeingCopied(open)) {
        closeSync(open.descriptor);
        continue;
      }
      const file = this.#begin(spot, open, true);
      meters.rotations.add();
      log.info(`\`${place}\` was rotated before it was seen`);
      this.#departures.leave(file);
      records.update(file);
    }
  }

  /** Begins to follow a file that nothing is known of, unless buffers know it. */
  #begin(spot: Spot, open: OpenFile, startsAtHead: boolean): TailedFile {
    const { table, openFiles, records, sources, lineBreak, onReady } = this.#setup;
    const { place, descriptor, stats } = open;
    const identity = identityOf(stats);
    const size = Number(stats.size);
    const { generation, storedEnds } = sources.find(identity, readHead(descriptor), size);
    const file = new TailedFile({ path: spot.path, place, identity, generation });
    openFiles.keep(file, open);
    file.notice(stats);
    const begin = startsAtHead ? 0 : lastLineBegin(descriptor, size, lineBreak);
    file.startAt(descriptor, storedEnds[0] ?? begin);
    sources.name(file, descriptor);
    table.enter(file, spot);
    records.add(file);
    onReady(file);
    return file;
  }
}

function isAt(file: TailedFile, place: string): boolean {
  const stats = statFile(place);
  return stats !== undefined && isSameFile(file.identity, identityOf(stats));
}
