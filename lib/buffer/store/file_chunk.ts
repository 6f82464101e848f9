import { join } from 'node:path';
import type { ChunkHead } from './chunk_head.ts';
import { seedOf } from './chunk_id.ts';
import type { StoredChunk } from './chunk_store.ts';
import type { Openable } from './descriptors.ts';
import type { Frame } from './frame.ts';
import type { Committed } from './group_commit.ts';
import { OriginList } from './origin_list.ts';
import { pieceBytes } from './pieces.ts';
import type { Stretch } from './scan.ts';

/** `staged`: it may take more frames, and recovery checks every byte; `queued`: what is in it was safe when it got that name. */
export type FileState = 'staged' | 'queued';

/** Frames that were taken out of a chunk because they could not be made safe. */
export interface CutBack {
  readonly frames: readonly Frame[];
  readonly cause: Error;
}

const nothing: readonly never[] = [];

/** A chunk in a file, as the file store knows it. */
export class FileChunk implements StoredChunk, Openable {
  readonly id: string;
  readonly createdMs: number;
  readonly seed: number;
  /** Undefined until it is read, for chunks of an earlier process. */
  head: ChunkHead | undefined;
  state: FileState;
  count = 0;
  lostCount = 0;
  contentBytes = 0;
  frames = 0;
  /** Up to here the file holds what counts; 0: there is no file yet. */
  length = 0;
  /** Where frames begin. */
  headLength = 0;
  /** Up to here it would survive a power cut. */
  syncedLength = 0;
  isNameNew = true;
  isSealed = false;
  /** It takes no more frames, because its file could not be written or synced. */
  isBroken = false;
  isPurged = false;
  /** Its file lies in quarantine, because its head is damaged. */
  isPutAside = false;
  /** Whether this process wrote or checked every byte of it. */
  isChecked = true;
  /** Damaged bytes of it could not be put aside: so the whole file is, instead of being deleted. */
  mustBeKept = false;
  /** Ends of frames that this process has written, ascending: between them lies what is read at once. */
  #cuts: number[] = [];
  /** What is whole in it, where that is not everything. */
  runs: readonly Stretch[] | undefined;
  /** Appended since the last sync, in order. */
  unsynced: Frame[] = [];
  /** Taken out, and not yet given back to their owner. */
  cutBack: CutBack | undefined;
  origins: OriginList | undefined = new OriginList();
  /** How it is made safe, once something was appended. */
  committed: Committed | undefined;

  constructor(id: string, createdMs: number, state: FileState) {
    this.id = id;
    this.createdMs = createdMs;
    this.state = state;
    this.seed = seedOf(id);
  }

  get isUnsafe(): boolean {
    return this.unsynced.length > 0 || this.cutBack !== undefined;
  }

  get storedBytes(): number {
    return this.length;
  }

  /** Where it lies. */
  pathIn(folder: string): string {
    return join(folder, fileNameOf(this.id, this.state));
  }

  /** A frame was written at its end. */
  grow(frameBytes: number): void {
    const begin = this.#cuts.at(-1) ?? this.headLength;
    if (this.length > begin && this.length + frameBytes - begin > pieceBytes) {
      this.#cuts.push(this.length);
    }
    this.length += frameBytes;
  }

  /** What was written from `length` on does not count any more. */
  shrink(length: number): void {
    this.length = length;
    this.#cuts = this.#cuts.filter((cut) => cut < length);
  }

  /** The stretches of whole frames, in such as are well read at once where that is known. */
  get wholeRuns(): readonly Stretch[] {
    if (this.runs !== undefined) return this.runs;
    if (this.length <= this.headLength) return nothing;
    const starts = [this.headLength, ...this.#cuts];
    return starts.map((start, index) => ({ start, end: starts[index + 1] ?? this.length }));
  }
}

/** The name of a chunk's file. */
export function fileNameOf(id: string, state: FileState): string {
  return `${id}.${state}`;
}

/** What a file's name says; undefined when it is no chunk's. */
export function parseFileName(
  name: string,
): { readonly id: string; readonly state: FileState } | undefined {
  const match = /^([0-9a-f]{32})\.(staged|queued)$/.exec(name);
  const [, id, state] = match ?? [];
  if (id === undefined || (state !== 'staged' && state !== 'queued')) return undefined;
  return { id, state };
}
