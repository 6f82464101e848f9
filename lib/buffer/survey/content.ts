import { decodeEntries } from '../../codec/entry_codec.ts';
import { toError } from '../../error.ts';
import type { Entry } from '../../event/entry.ts';
import type { ReadingFiles } from '../store/file_system.ts';
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
 * what can be read as entries is taken for entries.
 */
export async function* readContent(
  files: ReadingFiles,
  report: ChunkReport,
): AsyncGenerator<Content, void, undefined> {
  const { head } = report;
  for await (const part of readParts(files, report)) {
    if ('damage' in part) {
      yield { kind: 'damage', damage: part.damage };
      continue;
    }
    const { bytes, count } = part.piece;
    if (head?.isFormatted === true) {
      yield { kind: 'formatted', bytes, count };
      continue;
    }
    let content: Content;
    try {
      content = { kind: 'entries', entries: decodeEntries(bytes), bytes };
    } catch (thrown) {
      content =
        head === undefined
          ? { kind: 'formatted', bytes, count }
          : { kind: 'unreadable', reason: toError(thrown).message };
    }
    yield content;
  }
}
