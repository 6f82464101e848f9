import type { BigIntStats } from 'node:fs';
import {
  type FileHead,
  type FileIdentity,
  hasBytes,
  hasHead,
  identityOf,
  readCheck,
} from './file_identity.ts';
import type { OpenFile } from './found_file.ts';
import { LowWater } from './low_water.ts';
import type { Position } from './position.ts';

/** How a file was found. */
export interface TailedFileSetup {
  /** The path that was looked for. It stays, wherever the file is moved: it gives the tag and the path in records. */
  readonly path: string;
  readonly place: string;
  readonly identity: FileIdentity;
  readonly generation: number;
}

/** Whole lines at the end of a file, of a text that may go on. */
export interface OpenText {
  readonly bytes: Buffer;
  /** The size of the file with them. */
  readonly size: number;
  /** When the file was last written, as far as seen: a copy that holds them is not older. */
  readonly mtimeNs: bigint;
  /** Monotonic time from which they are complete if nothing more has come. */
  readonly dueMs: number;
}

/**
 * One generation of one file: from where it was empty, or first seen, to where it is truncated. Offsets mean
 * nothing beyond it. The bytes may come to lie in another file: in the copy that was made before a truncation.
 */
export class TailedFile {
  readonly path: string;
  readonly generation: number;
  /** Where the file lies as far as known: other than `path` once it was rotated. */
  place: string;
  identity: FileIdentity;
  descriptor: number | undefined;
  position: Position | undefined;
  /** Names the generation in the origins of batches, from when there is a head. */
  source: string | undefined;
  head: FileHead | undefined;
  /** Where reading goes on, and what tells the bytes before. */
  offset = 0;
  check = 0;
  water = new LowWater(0, 0);
  /** Offsets at which batches must end, ascending, all above `offset`. */
  cuts: readonly number[] = [];
  size = 0;
  mtimeNs = -1n;
  /** No longer at its path: it is read to its end and then left. */
  isRotated = false;
  /** Rotated and at rest: what has no line feed yet is a line all the same. */
  isEnding = false;
  /** Monotonic time at which it was rotated, or last read. */
  restingSinceMs = 0;
  /** There is nothing more to read, for now. */
  isAtEnd = false;
  /** Not read before this monotonic time: a batch failed, or the limit of bytes per second was reached. */
  pausedUntilMs = 0;
  /** When the present second of the limit began, and the bytes read in it. */
  paceBeganMs = Number.NEGATIVE_INFINITY;
  paceBytes = 0;
  /** How often batches failed since one was stored. */
  failures = 0;
  /** So many batches are not settled that reading waits for one. */
  isFull = false;
  /** No text ends from `offset` to here, when this is the greater. */
  scannedTo = 0;
  /** What lies at `offset` and may go on. */
  openText: OpenText | undefined;
  /** The generation before, as long as it has not been read to its end: lines keep their order. */
  predecessor: TailedFile | undefined;
  /** Its bytes can no longer be read: truncated, and no copy was found. */
  isLost = false;

  constructor(setup: TailedFileSetup) {
    this.path = setup.path;
    this.place = setup.place;
    this.identity = setup.identity;
    this.generation = setup.generation;
  }

  /** Where the next batch begins; the bytes before must be readable. */
  startAt(descriptor: number, offset: number): void {
    this.offset = offset;
    this.check = readCheck(descriptor, offset);
    this.water = new LowWater(offset, this.check);
  }

  /** Whether something has changed since the file was last seen. */
  notice(stats: BigIntStats): boolean {
    const size = Number(stats.size);
    if (size === this.size && stats.mtimeNs === this.mtimeNs) return false;
    this.size = size;
    this.mtimeNs = stats.mtimeNs;
    return true;
  }

  /** Bytes that were not read yet. */
  get lagBytes(): number {
    return this.isLost ? 0 : Math.max(0, this.size - this.offset);
  }

  /** The least size of a file that holds what was read of this one, or stored. */
  get leastSize(): number {
    const head = this.offset === 0 ? (this.head?.bytes ?? 0) : 0;
    return Math.max(this.offset, this.cuts.at(-1) ?? 0, head);
  }

  /** Whether a file still holds what was read of this one: by the bytes before the place of reading, or the head. */
  isIntact(descriptor: number, size: number): boolean {
    if (size < this.leastSize) return false;
    if (this.offset > 0) return readCheck(descriptor, this.offset) === this.check;
    return this.head === undefined || hasHead(descriptor, this.head);
  }

  /** Whether another file holds what was read of this one, or stored, so that it can be read on there. */
  isContinuedBy(copy: OpenFile): boolean {
    const { descriptor, stats } = copy;
    if (this.head === undefined || !this.isIntact(descriptor, Number(stats.size))) return false;
    if (!hasHead(descriptor, this.head)) return false;
    return this.offset > 0 || this.cuts.length > 0 || this.#hasOpenText(copy);
  }

  /** Whether a file holds, where reading goes on, what was read of this one and may go on. */
  #hasOpenText({ descriptor, stats }: OpenFile): boolean {
    const { openText, offset } = this;
    // A log from before may begin alike: all of it would be stored again.
    if (openText === undefined || stats.mtimeNs < openText.mtimeNs - mtimeSlackNs) return false;
    return hasBytes(descriptor, offset, openText.bytes);
  }

  /** Goes on in another file, which holds the same bytes. */
  moveTo(file: OpenFile): void {
    this.place = file.place;
    this.identity = identityOf(file.stats);
    this.notice(file.stats);
    this.isAtEnd = false;
  }
}

/** Some keep the time of a file that they copy in whole seconds. */
const mtimeSlackNs = 1_000_000_000n;
