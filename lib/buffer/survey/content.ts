import { decodeEntries } from '../../codec/entry_codec.ts';
import { toError } from '../../error.ts';
import type { Entry } from '../../event/entry.ts';
import type { Range } from '../rest.ts';
import { Selection } from '../select_entries.ts';
import type { ReadingFiles } from '../store/file_system.ts';
import type { Piece } from '../store/pieces.ts';
import type { Damage } from './damage.ts';
import type { ChunkReport } from './examine.ts';
import { readParts } from './parts.ts';

/** A part of a chunk as a person can be shown it. */
export type Content =
  | { readonly kind: 'entries'; readonly entries: readonly Entry[]; readonly bytes: Uint8Array }
  /** What the output's `format` made. */
  | { readonly kind: 'formatted'; readonly bytes: Uint8Array; readonly count: number }
  | { readonly kind: 'damage'; readonly damage: Damage }
  /** Whole, and yet no entries. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * What an examined chunk holds, in order. Where its head is lost, nothing tells whether an output formatted it: then
 * what can be read as entries is taken for entries. With `ranges`, only those entries of it.
 */
export async function* readContent(
  files: ReadingFiles,
  report: ChunkReport,
  ranges?: readonly Range[],
): AsyncGenerator<Content, void, undefined> {
  const { head } = report;
  const selection = ranges && new Selection(ranges);
  for await (const part of readParts(files, report)) {
    if ('damage' in part) {
      yield { kind: 'damage', damage: part.damage };
      continue;
    }
    for (const piece of selection?.of(part.piece) ?? [part.piece]) yield contentOf(piece, head);
  }
}

function contentOf(
  { bytes, count }: Pick<Piece, 'bytes' | 'count'>,
  head: ChunkReport['head'],
): Content {
  if (head?.isFormatted === true) return { kind: 'formatted', bytes, count };
  try {
    return { kind: 'entries', entries: decodeEntries(bytes), bytes };
  } catch (thrown) {
    return head === undefined
      ? { kind: 'formatted', bytes, count }
      : { kind: 'unreadable', reason: toError(thrown).message };
  }
}
