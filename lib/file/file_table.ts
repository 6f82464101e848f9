import { type FileIdentity, identityOf, isSameFile } from './file_identity.ts';
import { type FoundFile, realPath, rotatedBeside } from './found_file.ts';
import type { TailedFile } from './tailed_file.ts';

/** A path that is looked at. */
export interface Spot {
  readonly path: string;
  /** The path with its links followed, as long as there was a file. */
  place: string;
  /** The file that lies there now. */
  file: TailedFile | undefined;
  /** The newest generation that is or was read from there. */
  newest: TailedFile | undefined;
  /** Whether a file was followed there before: what is found there now has come since. */
  hasHistory: boolean;
}

/** The paths that are looked at and the files that are known, each by what it is, not by its name. */
export class FileTable {
  readonly #spots = new Map<string, Spot>();
  /** By device and inode: the newest generation of each file. */
  readonly #files = new Map<string, TailedFile>();
  /** Generations that are rotated or truncated, and still read or not settled. */
  readonly leaving = new Set<TailedFile>();

  get spots(): readonly Spot[] {
    return [...this.#spots.values()];
  }

  /** The newest generation of each file. */
  get files(): readonly TailedFile[] {
    return [...this.#files.values()];
  }

  spotAt(path: string): Spot | undefined {
    return this.#spots.get(path);
  }

  /** The spot of a path, made if there is none. */
  spotOf(path: string): Spot {
    let spot = this.#spots.get(path);
    if (spot === undefined) {
      spot = { path, place: realPath(path), file: undefined, newest: undefined, hasHistory: false };
      this.#spots.set(path, spot);
    }
    return spot;
  }

  removeSpot(spot: Spot): void {
    this.#spots.delete(spot.path);
  }

  /** Enters a file that is read after those that were read from the same path before. */
  enter(file: TailedFile, spot: Spot): void {
    const { newest } = spot;
    if (newest !== undefined && !newest.isAtEnd && !newest.isLost) file.predecessor = newest;
    this.#files.set(keyOf(file.identity), file);
    spot.newest = file;
    spot.hasHistory = true;
  }

  /** Enters a generation that goes on in another file. */
  enterMoved(file: TailedFile): void {
    this.#files.set(keyOf(file.identity), file);
  }

  /** Puts a file's next generation in its place. */
  replace(file: TailedFile, fresh: TailedFile): void {
    this.#files.set(keyOf(file.identity), fresh);
    for (const spot of this.#spots.values()) {
      if (spot.file === file) spot.file = fresh;
      if (spot.newest === file) spot.newest = fresh;
    }
    if (this.leaving.delete(file)) this.leaving.add(fresh);
  }

  /** The newest generation with the inode of a file, be it of that file or of one that had the inode before. */
  withInodeOf(identity: FileIdentity): TailedFile | undefined {
    return this.#files.get(keyOf(identity));
  }

  /** The newest generation of a file, if it is known. */
  find(identity: FileIdentity): TailedFile | undefined {
    const file = this.withInodeOf(identity);
    return file !== undefined && isSameFile(file.identity, identity) ? file : undefined;
  }

  isNewest(file: TailedFile): boolean {
    return this.withInodeOf(file.identity) === file;
  }

  /** Files beside a path with the names of its rotated logs that are not known. */
  strangersBeside(spot: Spot): FoundFile[] {
    return rotatedBeside(spot.place).filter(
      ({ stats }) => this.find(identityOf(stats)) === undefined,
    );
  }

  remove(file: TailedFile): void {
    this.leaving.delete(file);
    if (this.isNewest(file)) this.#files.delete(keyOf(file.identity));
    for (const spot of this.#spots.values()) if (spot.file === file) spot.file = undefined;
  }
}

function keyOf({ device, inode }: FileIdentity): string {
  return `${device}:${inode}`;
}
