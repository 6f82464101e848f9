import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { MillraceError, systemCode } from '../error.ts';
import type { Log } from '../log.ts';
import { Position } from './position.ts';
import {
  type FileMark,
  type PositionLine,
  readPositionLine,
  unwatchedText,
} from './position_line.ts';

/** How a position file is read. */
export interface PositionFileSettings {
  readonly log: Log;
  /** Whether lines without a mark of Millrace's are told apart by inode (Fluentd's `follow_inodes`) or by path. */
  readonly followsInodes: boolean;
  /** Called with the path of each line, or its inode in decimal: false leaves the line out. */
  readonly isKept?: (key: string) => boolean;
}

/** A position and the line that stands for it. */
interface Placed {
  readonly position: Position;
  readonly line: string;
}

/** Why a file cannot be replaced by a rename: its folder may not be written, or it is a mount of its own. */
const cannotReplace = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV']);

/**
 * Fluentd's position file, with Millrace's own fields at the ends of the lines (see `position_line.ts`).
 * Positions are overwritten in place and new lines appended; all else rewrites the file through a rename.
 */
export class PositionFile {
  /** The file itself, links followed. */
  readonly path: string;
  readonly #settings: PositionFileSettings;
  readonly #positions = new Map<string, Position>();
  readonly #changed = new Set<Position>();
  /** Removed positions whose lines are still in the file. */
  readonly #removed = new Set<Position>();
  #descriptor: number;
  #size = 0;
  /** Lines in the file that mean nothing any more. */
  #deadLines = 0;
  #mustRewrite = false;

  /**
   * Opens the file, or makes it, and removes what is obsolete or damaged.
   * @throws MR_IO when it cannot be opened, read or written
   */
  constructor(path: string, settings: PositionFileSettings) {
    this.#settings = settings;
    try {
      mkdirSync(dirname(path), { recursive: true });
      closeSync(openSync(path, 'a'));
      // A rename must replace the file itself, not a link to it.
      this.path = realpathSync(path);
      const content = readFileSync(this.path, 'utf8');
      this.#load(content);
      this.#descriptor = openSync(this.path, 'r+');
      const { text, placed } = this.#layOut();
      if (text === content) this.#settle(placed, text);
      else this.#rewrite();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MillraceError('MR_IO', `cannot use position file \`${path}\`: ${reason}`, {
        cause,
      });
    }
  }

  /** All positions, in the order of their lines. */
  positions(): Position[] {
    const all = [...this.#positions.values()];
    return [...all.filter((each) => each.isPast), ...all.filter((each) => !each.isPast)];
  }

  /** The position of a path (or inode, if inodes are followed); one with zeros is made if there is none, as in Fluentd. */
  claim(path: string, inode: bigint): Position {
    const key = this.#settings.followsInodes ? String(inode) : path;
    return (
      this.#positions.get(key) ??
      this.#insert(key, { path, offset: 0, inode: 0n, mark: undefined }, false)
    );
  }

  /** Adds the position of a file that has a mark. One that the same file had before is replaced. */
  add(line: PositionLine & { readonly mark: FileMark }, isPast = false): Position {
    const key = this.#keyOf(line);
    const before = this.#positions.get(key);
    if (before !== undefined) this.remove(before);
    return this.#insert(key, line, isPast);
  }

  /** Forgets a position. Its line is marked as unwatched, and goes when the file is next compacted. */
  remove(position: Position): void {
    if (this.#positions.get(position.key) !== position) return;
    this.#positions.delete(position.key);
    this.#changed.delete(position);
    if (position.at !== undefined) this.#removed.add(position);
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0 || this.#removed.size > 0 || this.#mustRewrite;
  }

  /** Writes what has changed. False when that failed: the log says why, and the next `save` tries again. */
  save(): boolean {
    try {
      const isWasteful = this.#deadLines + this.#removed.size > this.#positions.size + 100;
      if (this.#mustRewrite || isWasteful) this.#rewrite();
      else this.#write();
      return true;
    } catch (error) {
      this.#settings.log.error(`cannot write position file \`${this.path}\``, { error });
      return false;
    }
  }

  /** Writes the whole file anew, without lines that mean nothing: even after a power cut all of it is there, or nothing. */
  compact(): boolean {
    this.#mustRewrite = true;
    return this.save();
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #load(content: string): void {
    const { log, isKept } = this.#settings;
    for (const text of content.split(/(?<=\n)/)) {
      const line = text === '' ? 'unwatched' : readPositionLine(text);
      if (line === 'unwatched') continue;
      if (line === undefined) {
        log.warn(`position file \`${this.path}\` has a line that cannot be read`, { line: text });
        continue;
      }
      const key = this.#keyOf(line);
      // A later line of the same file is right, at the place of the first.
      if (isKept?.(key) !== false) this.#insert(key, line, false);
    }
  }

  #keyOf(line: PositionLine): string {
    if (line.mark !== undefined) return `${line.mark.device}:${line.mark.birth}:${line.inode}`;
    return this.#settings.followsInodes ? String(line.inode) : line.path;
  }

  #insert(key: string, line: PositionLine, isPast: boolean): Position {
    const before = this.#positions.get(key);
    if (before !== undefined) this.#changed.delete(before);
    const position = new Position(key, line, isPast, this.#changed);
    this.#positions.set(key, position);
    return position;
  }

  #layOut(): { text: string; placed: Placed[] } {
    const placed = this.positions().map((position) => ({ position, line: position.print() }));
    return { text: placed.map(({ line }) => line).join(''), placed };
  }

  #settle(placed: readonly Placed[], text: string): void {
    let at = 0;
    for (const { position, line } of placed) {
      position.wrote(line, at);
      at += Buffer.byteLength(line);
    }
    this.#size = Buffer.byteLength(text);
    this.#removed.clear();
    this.#deadLines = 0;
    this.#mustRewrite = false;
  }

  #rewrite(): void {
    const { text, placed } = this.#layOut();
    const fresh = `${this.path}.new`;
    let descriptor: number | undefined;
    try {
      descriptor = openSync(fresh, 'w+');
      writeFully(descriptor, text, 0);
      fsyncSync(descriptor);
      renameSync(fresh, this.path);
      closeSync(this.#descriptor);
      this.#descriptor = descriptor;
      syncFolder(dirname(this.path));
    } catch (error) {
      if (descriptor !== undefined && descriptor !== this.#descriptor) closeSync(descriptor);
      if (!cannotReplace.has(systemCode(error) ?? '')) throw error;
      rmSync(fresh, { force: true });
      writeFully(this.#descriptor, text, 0);
      ftruncateSync(this.#descriptor, Buffer.byteLength(text));
      fsyncSync(this.#descriptor);
    }
    this.#settle(placed, text);
  }

  #write(): void {
    const changed = [...this.#changed].map((position) => ({ position, line: position.print() }));
    const hasOutgrown = changed.some(
      ({ position, line }) =>
        position.at !== undefined &&
        Buffer.byteLength(line) !== Buffer.byteLength(position.written),
    );
    if (hasOutgrown) this.#rewrite();
    else {
      this.#overwrite(changed.filter(({ position }) => position.at !== undefined));
      this.#bury();
      this.#append(changed.filter(({ position }) => position.at === undefined));
    }
  }

  #overwrite(changed: readonly Placed[]): void {
    for (const { position, line } of changed) {
      const at = position.at ?? 0;
      writeFully(this.#descriptor, line, at);
      position.wrote(line, at);
    }
  }

  #bury(): void {
    for (const position of [...this.#removed]) {
      const at = (position.at ?? 0) + Buffer.byteLength(position.path) + 1;
      writeFully(this.#descriptor, unwatchedText, at);
      this.#removed.delete(position);
      this.#deadLines += 1;
    }
  }

  #append(fresh: readonly Placed[]): void {
    if (fresh.length === 0) return;
    writeFully(this.#descriptor, fresh.map(({ line }) => line).join(''), this.#size);
    for (const { position, line } of fresh) {
      position.wrote(line, this.#size);
      this.#size += Buffer.byteLength(line);
    }
  }
}

function writeFully(descriptor: number, text: string, at: number): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
