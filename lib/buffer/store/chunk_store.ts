import type { Origin } from '../../event/origin.ts';
import type { ChunkHead, KeyValues } from './chunk_head.ts';
import type { Frame } from './frame.ts';
import type { OriginPart } from './frame_origin.ts';
import type { ListedOrigin } from './origin_list.ts';
import type { Piece, PieceReading } from './pieces.ts';

/** A chunk as a store keeps it; only the store changes it. */
export interface StoredChunk {
  /** 32 hex digits. */
  readonly id: string;
  readonly createdMs: number;
  readonly count: number;
  /** Bytes of the frames' contents. */
  readonly contentBytes: number;
  /** Events that the last `prepare` found damaged or gone. */
  readonly lostCount: number;
  /** Bytes that it takes where it lies. */
  readonly storedBytes: number;
}

/** What a chunk is begun with; the store gives it its id. */
export type ChunkBeginning = Omit<ChunkHead, 'id'>;

/** A chunk that was found when the store was opened and may take more frames. */
export interface FoundStaged {
  readonly chunk: StoredChunk;
  readonly tag: string;
  readonly key: KeyValues;
  readonly isFormatted: boolean;
}

/** What was there when a store was opened. */
export interface Found {
  /** In the order in which they were begun. */
  readonly staged: readonly FoundStaged[];
  /** Sealed ones, likewise. */
  readonly queued: readonly StoredChunk[];
}

/** What a store tells of its own accord. */
export interface StoreListener {
  /** What was saved last of origins; called while the store is being opened, before `onOrigin`. */
  onSnapshot(snapshot: Uint8Array): void;
  /** A frame with this origin is in the store; called while it is being opened. */
  onOrigin(origin: OriginPart): void;
  /**
   * Frames could not be made safe: they are out of the chunk, which takes no more frames. A chunk without any
   * frame is purged already.
   */
  onCutBack(chunk: StoredChunk, frames: readonly Frame[], cause: Error): void;
}

/** Where chunks lie. Chunks go one way: begun, sealed, prepared, read any number of times, purged. */
export interface ChunkStore {
  /** Whether chunks outlive the process. */
  readonly isPersistent: boolean;
  /** Bytes that were appended and are not yet safe. */
  readonly unsyncedBytes: number;
  /** Begins a chunk; nothing is written before its first frame. */
  begin(beginning: ChunkBeginning): StoredChunk;
  /**
   * Appends a frame. False: not now, again once `settled`.
   * @throws MR_BUFFER when it cannot be written; the chunk is as before, or takes no more frames (`isBroken`)
   */
  append(chunk: StoredChunk, frame: Frame): boolean;
  /** Whether no frame can be appended to the chunk any more. */
  isBroken(chunk: StoredChunk): boolean;
  /** No more frames will come. */
  seal(chunk: StoredChunk): void;
  /**
   * Resolves when a sealed chunk is safe, and whole or its damage is known: `count` is right from then on, and 0
   * when nothing is left. Undefined when not even the head is.
   */
  prepare(chunk: StoredChunk): Promise<ChunkHead | undefined>;
  /** The contents of a prepared chunk. @throws MR_BUFFER when it is damaged after all: prepare it again */
  pieces(chunk: StoredChunk, reading?: PieceReading): AsyncIterable<Piece>;
  /** What a receiver can tell the chunk by, when it may come again; undefined in memory. */
  originOf(chunk: StoredChunk): Origin | undefined;
  /** Where the events of a prepared chunk came from; empty when that is not known, or too much to list. */
  sourcesOf(chunk: StoredChunk): readonly ListedOrigin[];
  /** Deletes a chunk for good. Rejects when it cannot be deleted. */
  purge(chunk: StoredChunk): Promise<void>;
  /** Resolves when every frame that was appended before is safe or was cut back. */
  settled(): Promise<void>;
  /** Resolves when the snapshot is safe. */
  saveOrigins(snapshot: Uint8Array): Promise<void>;
  /** Lets everything go; chunks stay where they can. */
  close(): Promise<void>;
}
