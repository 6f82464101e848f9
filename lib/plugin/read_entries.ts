import type { Clock } from '../clock.ts';
import { decodeUtf8 } from '../codec/text.ts';
import { MillraceError, toError } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { Parser } from './contract.ts';

/** What reading entries out of texts needs. */
export interface EntryReaderSetup {
  readonly parser: Parser;
  /** The time of entries whose text gives none. */
  readonly clock: Clock;
  /** Gets what does not match: the text is the record's `message`. */
  readonly refuse: (entry: Entry, cause: Error) => void;
}

/** Reads the entries of a text and appends them to a list. An empty text has none. */
export type EntryReader = (text: Uint8Array, entries: Entry[]) => void;

/** Makes the reader of texts that came in one after another, such as the lines of a stream. */
export function compileEntryReader({ parser, clock, refuse }: EntryReaderSetup): EntryReader {
  return (text, entries) => {
    if (text.length === 0) return;
    const { sec, nsec } = clock.now();
    const now = new EventTime(sec, nsec);
    const fail = (cause: Error): void => {
      refuse({ time: now, record: { message: decodeUtf8(text) } }, cause);
    };
    let parsed: ReturnType<Parser['parse']>;
    try {
      parsed = parser.parse(text) ?? [null];
    } catch (thrown) {
      fail(toError(thrown));
      return;
    }
    for (const each of parsed) {
      if (each === null) fail(new MillraceError('MR_EVENT', 'the text does not match'));
      else entries.push({ time: each.time ?? now, record: each.record });
    }
  };
}
