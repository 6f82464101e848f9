import { gzipSync } from 'node:zlib';
import { type LentUndecoded, lendPacked, lendUndecoded } from '../codec/batch.ts';
import { PooledMemory, sharedPool } from '../codec/byte_pool.ts';
import { decodeEntries, encodeEntries, entryEnds } from '../codec/entry_codec.ts';
import { MillraceError, toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import type { Output } from '../plugin/contract.ts';
import type { ChunkKeys, KeyGroup } from './chunk_key.ts';
import { FormatJoiner } from './format_joiner.ts';
import type { KeyValues } from './store/chunk_head.ts';

/** Entries of a batch that go into one chunk as one frame. */
export interface Part {
  readonly keyText: string;
  readonly key: KeyValues;
  readonly tag: string;
  readonly content: Uint8Array;
  readonly count: number;
  readonly isCompressed: boolean;
  /** To be called when `content` is not needed any more; absent where nobody waits for it. */
  readonly release?: (() => void) | undefined;
}

/** What parts are made by. */
export interface SplitterSetup {
  readonly keys: ChunkKeys;
  /** Makes what lies in the chunk; undefined: packed entries do. */
  readonly format: Output['format'];
  /** The same for entries that are not decoded, if the output can. */
  readonly formatAll: Output['formatAll'];
  readonly chunkLimitBytes: number;
  readonly chunkLimitRecords: number;
  readonly isCompressed: boolean;
  /** An entry that no chunk can hold. */
  readonly emitError: (tag: string, entry: Entry, cause: Error) => void;
}

type Content = Pick<Part, 'content' | 'count' | 'release'>;

/** A frame is read into memory whole. */
const frameLimitBytes = 4 * 1024 * 1024;

/** Splits batches into parts by chunk key and by size: the same batch always in the same way. */
export class Splitter {
  readonly #setup: SplitterSetup;
  readonly #limitBytes: number;

  constructor(setup: SplitterSetup) {
    this.#setup = setup;
    this.#limitBytes = Math.min(frameLimitBytes, setup.chunkLimitBytes);
  }

  /** In the order in which the parts' first entries come; empty when no chunk can hold any entry. */
  split(batch: EventBatch): Part[] {
    const { keys, isCompressed } = this.#setup;
    const { tag } = batch;
    const parts: Part[] = [];
    for (const group of keys.group(batch)) {
      const { keyText, key } = group;
      for (const { content, count, release } of this.#contents(batch, group)) {
        const bytes = isCompressed ? gzipSync(content) : content;
        parts.push({ keyText, key, tag, content: bytes, count, isCompressed, release });
      }
    }
    return parts;
  }

  #contents(batch: EventBatch, group: KeyGroup): Content[] {
    const { format, chunkLimitRecords } = this.#setup;
    const whole = group.entries === undefined ? this.#whole(batch) : undefined;
    if (whole !== undefined) return [whole];
    if (format !== undefined) {
      return this.#formatted(batch.tag, group.entries ?? batch.entries(), format);
    }
    let packed: Uint8Array;
    try {
      packed = group.entries === undefined ? batch.packed() : encodeEntries(group.entries);
    } catch {
      return this.#packedOneByOne(batch.tag, group.entries ?? batch.entries());
    }
    const count = group.entries?.length ?? batch.count;
    if (packed.length <= this.#limitBytes && count <= chunkLimitRecords) {
      return [{ content: packed, count }];
    }
    return this.#cut(batch.tag, packed);
  }

  /** A batch in one piece, in memory that is used again once it is stored: when it fits, and need not be looked into. */
  #whole(batch: EventBatch): Content | undefined {
    const { format, chunkLimitRecords } = this.#setup;
    if (batch.count > chunkLimitRecords) return undefined;
    const undecoded = lendUndecoded(batch);
    if (undecoded !== undefined) return this.#made(batch, undecoded);
    if (format !== undefined || batch.sizeBytes > this.#limitBytes) return undefined;
    const packed = lendPacked(batch);
    return packed && { content: packed.bytes, count: batch.count, release: packed.release };
  }

  /** What is made of entries as they came. */
  #made({ tag, count }: EventBatch, { entries, done }: LentUndecoded): Content | undefined {
    const { format, formatAll } = this.#setup;
    const memory = new PooledMemory(sharedPool);
    const content = format === undefined ? entries.pack(memory) : formatAll?.(entries, tag, memory);
    if (content === undefined || content.length > this.#limitBytes) {
      memory.release();
      return undefined;
    }
    done();
    return { content, count, release: () => memory.release() };
  }

  /** Cuts packed entries where they exceed a frame; an entry that exceeds a frame has one of its own. */
  #cut(tag: string, packed: Uint8Array): Content[] {
    const { chunkLimitBytes, chunkLimitRecords } = this.#setup;
    const contents: Content[] = [];
    let start = 0;
    let before = 0;
    let count = 0;
    const close = (end: number): void => {
      if (count > 0) contents.push({ content: packed.subarray(start, end), count });
      start = end;
      count = 0;
    };
    for (const end of entryEnds(packed)) {
      if (end - before > chunkLimitBytes) {
        close(before);
        for (const entry of decodeEntries(packed.subarray(before, end))) {
          this.#refuse(tag, entry, end - before);
        }
        start = end;
      } else {
        if (end - start > this.#limitBytes || count >= chunkLimitRecords) close(before);
        count += 1;
      }
      before = end;
    }
    close(packed.length);
    return contents;
  }

  #packedOneByOne(tag: string, entries: readonly Entry[]): Content[] {
    const good: Uint8Array[] = [];
    for (const entry of entries) {
      try {
        good.push(encodeEntries([entry]));
      } catch (thrown) {
        this.#setup.emitError(tag, entry, toError(thrown));
      }
    }
    return good.length === 0 ? [] : this.#cut(tag, Buffer.concat(good));
  }

  #formatted(
    tag: string,
    entries: readonly Entry[],
    format: NonNullable<Output['format']>,
  ): Content[] {
    const { chunkLimitBytes, chunkLimitRecords } = this.#setup;
    const contents: Content[] = [];
    const joiner = new FormatJoiner();
    const close = (): void => {
      const count = joiner.count;
      if (count > 0) contents.push({ content: joiner.take(), count });
    };
    for (const entry of entries) {
      let piece: string | Uint8Array;
      try {
        piece = format(entry, tag);
      } catch (thrown) {
        this.#setup.emitError(tag, entry, toError(thrown));
        continue;
      }
      if (joiner.exceeds(piece, this.#limitBytes) || joiner.count >= chunkLimitRecords) close();
      if (joiner.count === 0 && joiner.exceeds(piece, chunkLimitBytes)) {
        this.#refuse(tag, entry, Buffer.byteLength(piece));
        continue;
      }
      joiner.add(piece);
    }
    close();
    return contents;
  }

  #refuse(tag: string, entry: Entry, bytes: number): void {
    const limit = this.#setup.chunkLimitBytes;
    const cause = new MillraceError(
      'MR_EVENT',
      `an event of ${bytes} bytes exceeds \`chunk_limit_size\` (${limit} bytes)`,
    );
    this.#setup.emitError(tag, entry, cause);
  }
}
