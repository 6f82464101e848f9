import { type LentBytes, sharedPool } from '../codec/byte_pool.ts';
import { decodeEntries } from '../codec/entry_codec.ts';
import { MillraceError, toError, Unrecoverable } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import type { Origin, SourcePart } from '../event/origin.ts';
import type { Chunk, ChunkKey, Output, StoredPiece } from '../plugin/contract.ts';
import { printKeyValue } from './chunk_key.ts';
import { FormatJoiner } from './format_joiner.ts';
import { partId } from './part_id.ts';
import type { Templates } from './placeholder.ts';
import { countOf, type Range } from './rest.ts';
import { selectEntries } from './select_entries.ts';
import type { ChunkHead } from './store/chunk_head.ts';
import type { ChunkStore, StoredChunk } from './store/chunk_store.ts';
import type { Piece } from './store/pieces.ts';

/** What a view of a chunk is made of. */
export interface ViewSetup {
  readonly stored: StoredChunk;
  readonly head: ChunkHead;
  readonly store: ChunkStore;
  readonly templates: Templates;
  readonly attempts: number;
  /** Who looks at it: sees what its own `format` makes, if it has one. */
  readonly target: Pick<Output, 'format'>;
  /** Only these entries, as a chunk of their own; undefined: all. The chunk holds packed entries then. */
  readonly ranges: readonly Range[] | undefined;
}

/** A chunk as an output sees it. */
export class ChunkView implements Chunk {
  readonly id: string;
  readonly key: ChunkKey;
  readonly tag: string;
  readonly count: number;
  readonly sizeBytes: number;
  readonly createdMs: number;
  readonly attempts: number;
  readonly isFormatted: boolean;
  readonly #setup: ViewSetup;

  constructor(setup: ViewSetup) {
    const { stored, head, target, ranges } = setup;
    this.#setup = setup;
    this.id = ranges === undefined ? stored.id : partId(stored.id, ranges);
    this.tag = head.tag;
    this.count = ranges === undefined ? stored.count : countOf(ranges);
    this.sizeBytes = Math.ceil(stored.contentBytes * (this.count / Math.max(1, stored.count)));
    this.createdMs = stored.createdMs;
    this.attempts = setup.attempts;
    this.isFormatted = head.isFormatted || target.format !== undefined;
    const variables = new Map<string, string>();
    for (const [name, value] of head.key.variables) variables.set(name, printKeyValue(value));
    this.key = { tag: head.key.tag, timekey: head.key.timekey, variables };
  }

  get origin(): Origin | undefined {
    const { ranges, store, stored } = this.#setup;
    return ranges === undefined ? store.originOf(stored) : undefined;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const { head, target } = this.#setup;
    const isAsStored = head.isFormatted || target.format === undefined;
    for await (const piece of this.#pieces()) {
      if (isAsStored) yield piece.bytes;
      else yield formatEntries(decodeEntries(piece.bytes), head.tag, target);
    }
  }

  async *lent(): AsyncGenerator<LentBytes, void, undefined> {
    const { head, ranges, store, stored, target } = this.#setup;
    const isAsStored = head.isFormatted || target.format === undefined;
    if (ranges === undefined && isAsStored) yield* store.pieces(stored, { pool: sharedPool });
    else for await (const bytes of this.bytes()) yield { bytes };
  }

  async *stored(): AsyncGenerator<StoredPiece, void, undefined> {
    const { ranges, store, stored } = this.#setup;
    if (ranges === undefined) yield* store.pieces(stored, { asStored: true });
    else for await (const { bytes } of this.#pieces()) yield { bytes, isCompressed: false };
  }

  sources(): readonly SourcePart[] {
    const { ranges, store, stored } = this.#setup;
    return ranges === undefined ? store.sourcesOf(stored) : [];
  }

  async *entries(): AsyncGenerator<readonly Entry[], void, undefined> {
    if (this.#setup.head.isFormatted) {
      throw new MillraceError('MR_BUFFER', `chunk ${this.id} holds formatted text, not entries`);
    }
    for await (const piece of this.#pieces()) yield decodeEntries(piece.bytes);
  }

  expand(template: string): string {
    const { head, templates } = this.#setup;
    return templates.expand(template, this.id, head.key);
  }

  #pieces(): AsyncIterable<Pick<Piece, 'bytes'>> {
    const { ranges, store, stored } = this.#setup;
    const pieces = store.pieces(stored);
    return ranges === undefined ? pieces : selectEntries(pieces, ranges);
  }
}

function formatEntries(
  entries: readonly Entry[],
  tag: string,
  target: Pick<Output, 'format'>,
): Uint8Array {
  const joiner = new FormatJoiner();
  for (const entry of entries) {
    try {
      joiner.add(target.format?.(entry, tag) ?? '');
    } catch (thrown) {
      const { message } = toError(thrown);
      throw new Unrecoverable(`an event cannot be formatted: ${message}`, { cause: thrown });
    }
  }
  return joiner.take();
}
