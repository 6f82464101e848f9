import { decodeEntries } from '../codec/entry_codec.ts';
import { MillraceError, toError, Unrecoverable } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import type { Origin } from '../event/origin.ts';
import type { Chunk, ChunkKey, Output, StoredPiece } from '../plugin/contract.ts';
import { printKeyValue } from './chunk_key.ts';
import { FormatJoiner } from './format_joiner.ts';
import type { Templates } from './placeholder.ts';
import type { ChunkHead } from './store/chunk_head.ts';
import type { ChunkStore, StoredChunk } from './store/chunk_store.ts';

/** What a view of a chunk is made of. */
export interface ViewSetup {
  readonly stored: StoredChunk;
  readonly head: ChunkHead;
  readonly store: ChunkStore;
  readonly templates: Templates;
  readonly attempts: number;
  /** Who looks at it: sees what its own `format` makes, if it has one. */
  readonly target: Pick<Output, 'format'>;
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
    const { stored, head, target } = setup;
    this.#setup = setup;
    this.id = stored.id;
    this.tag = head.tag;
    this.count = stored.count;
    this.sizeBytes = stored.contentBytes;
    this.createdMs = stored.createdMs;
    this.attempts = setup.attempts;
    this.isFormatted = head.isFormatted || target.format !== undefined;
    const variables = new Map<string, string>();
    for (const [name, value] of head.key.variables) variables.set(name, printKeyValue(value));
    this.key = { tag: head.key.tag, timekey: head.key.timekey, variables };
  }

  get origin(): Origin | undefined {
    return this.#setup.store.originOf(this.#setup.stored);
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const { head, target, store, stored } = this.#setup;
    const isAsStored = head.isFormatted || target.format === undefined;
    for await (const piece of store.pieces(stored)) {
      if (isAsStored) yield piece.bytes;
      else yield formatEntries(decodeEntries(piece.bytes), head.tag, target);
    }
  }

  async *stored(): AsyncGenerator<StoredPiece, void, undefined> {
    const { store, stored } = this.#setup;
    yield* store.pieces(stored, true);
  }

  async *entries(): AsyncGenerator<readonly Entry[], void, undefined> {
    const { head, store, stored } = this.#setup;
    if (head.isFormatted) {
      throw new MillraceError('MR_BUFFER', `chunk ${this.id} holds formatted text, not entries`);
    }
    for await (const piece of store.pieces(stored)) yield decodeEntries(piece.bytes);
  }

  expand(template: string): string {
    const { head, templates } = this.#setup;
    return templates.expand(template, this.id, head.key);
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
