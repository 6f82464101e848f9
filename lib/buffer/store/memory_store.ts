import type { ChunkHead } from './chunk_head.ts';
import { counterLimit, formatChunkId } from './chunk_id.ts';
import type { ChunkBeginning, ChunkStore, StoredChunk } from './chunk_store.ts';
import type { Frame } from './frame.ts';
import { drawStoreId } from './identity.ts';
import { type FrameContent, joinFrames, type Piece, type PieceReading } from './pieces.ts';

/** A chunk in memory. */
class MemoryChunk implements StoredChunk {
  readonly head: ChunkHead;
  frames: FrameContent[] = [];
  count = 0;
  readonly lostCount = 0;
  contentBytes = 0;

  constructor(head: ChunkHead) {
    this.head = head;
  }

  get id(): string {
    return this.head.id;
  }

  get createdMs(): number {
    return this.head.createdMs;
  }

  get storedBytes(): number {
    return this.contentBytes;
  }
}

/** Chunks in memory: they end with the process. */
export class MemoryStore implements ChunkStore {
  readonly isPersistent = false;
  readonly unsyncedBytes = 0;
  readonly #store: string;
  readonly #epoch: number;
  #counter = 0;

  constructor(nowMs: number, random: () => number) {
    this.#store = drawStoreId(random);
    this.#epoch = Math.floor(nowMs);
  }

  begin(beginning: ChunkBeginning): StoredChunk {
    const counter = this.#counter;
    this.#counter = (counter + 1) % counterLimit;
    const id = formatChunkId({ store: this.#store, epoch: this.#epoch, counter });
    return new MemoryChunk({ ...beginning, id });
  }

  append(stored: StoredChunk, frame: Frame): boolean {
    const chunk = own(stored);
    const { count, isCompressed } = frame;
    chunk.frames.push({ content: ownMemory(frame.content), count, isCompressed });
    chunk.count += frame.count;
    chunk.contentBytes += frame.content.length;
    frame.onStored();
    return true;
  }

  isBroken(): boolean {
    return false;
  }

  seal(): void {}

  async prepare(stored: StoredChunk): Promise<ChunkHead> {
    return own(stored).head;
  }

  async *pieces(stored: StoredChunk, reading?: PieceReading): AsyncGenerator<Piece> {
    yield* joinFrames(own(stored).frames, reading?.asStored === true);
  }

  originOf(): undefined {
    return undefined;
  }

  async purge(stored: StoredChunk): Promise<void> {
    own(stored).frames = [];
  }

  sourcesOf(): [] {
    return [];
  }

  async settled(): Promise<void> {}

  async saveOrigins(): Promise<void> {}

  async close(): Promise<void> {}
}

/** A small view of a large buffer would keep all of it from being freed. */
function ownMemory(content: Uint8Array): Uint8Array {
  return content.buffer.byteLength > 2 * content.length + 1024 ? content.slice() : content;
}

/** Every chunk that a memory store is given back is one that it gave out. */
function own(chunk: StoredChunk): MemoryChunk {
  if (chunk instanceof MemoryChunk) return chunk;
  throw new TypeError('a chunk of another store');
}
