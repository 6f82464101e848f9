import { entriesBatch, undecodedBatch } from '../codec/batch.ts';
import { decodeUtf8 } from '../codec/text.ts';
import type { TextDecoding } from '../codec/text_decoding.ts';
import { toError } from '../error.ts';
import { copyRecord, type Entry, type EventRecord, getField, setField } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { beginsWithMark, textsOf } from '../file/block_texts.ts';
import type { LineBlock, MakeBatch } from '../file/line_block.ts';
import type { Counter } from '../metric/metric.ts';
import type { PluginContext } from './context.ts';
import type { ParsedEntry, Parser, ReadLines } from './contract.ts';
import { RareWarning } from './rare_warning.ts';

/** What lines become events by. */
export interface LineEventsSetup {
  readonly decoding: TextDecoding;
  readonly parser: Parser;
  /** The tag of the events of a path. */
  readonly tagOf: (path: string) => string;
  /** A field that gets the path. */
  readonly pathKey: string | undefined;
  /** Make an event of what the parser does not take. */
  readonly emitUnmatchedLines: boolean;
  readonly context: Pick<PluginContext, 'clock' | 'id' | 'log' | 'metrics'>;
}

const longestShownLine = 500;
const noEntry: readonly (ParsedEntry | null)[] = [null];

/** Makes events of the lines of files. */
export class LineEvents {
  readonly #setup: LineEventsSetup;
  readonly #unmatched: Counter;
  readonly #warning: RareWarning;

  constructor(setup: LineEventsSetup) {
    this.#setup = setup;
    const { context } = setup;
    this.#warning = new RareWarning(context);
    this.#unmatched = context.metrics.counter(
      'millrace_tail_unmatched_lines_total',
      'Lines that the parser did not take.',
      { input: context.id },
    );
  }

  readonly makeBatch: MakeBatch = (block) => {
    const { path, origin } = block;
    const { sec, nsec } = this.#setup.context.clock.now();
    const now = new EventTime(sec, nsec);
    const read = this.#readLines(block, now);
    if (read !== undefined) {
      const { entries, unmatched } = read;
      if (unmatched.length > 0) this.#refuse(block, unmatched, now);
      if (entries.count === 0) return undefined;
      const { loan } = block;
      loan?.use();
      return undecodedBatch(this.#setup.tagOf(path), entries, { origin, loan });
    }
    // Texts that are no UTF-8 are views of the bytes.
    block.loan?.use();
    const texts = textsOf(block, this.#setup.decoding);
    const entries: Entry[] = [];
    for (let index = 0; index < texts.count; index += 1) {
      const text = texts.at(index);
      for (const parsed of this.#parse(text)) {
        if (parsed === null) this.#takeUnmatched(path, text, now, entries);
        else {
          const { time, record } = parsed;
          entries.push({ time: time ?? now, record: this.#withPath(record, path) });
        }
      }
    }
    return entries.length === 0
      ? undefined
      : entriesBatch(this.#setup.tagOf(path), entries, { origin });
  };

  /** The entries of single lines that are passed on as they are read, where the parser can do without decoding them. */
  #readLines(block: LineBlock, now: EventTime): ReadLines | undefined {
    const { decoding, emitUnmatchedLines, parser, pathKey } = this.#setup;
    const isPlain = decoding.decode === undefined && block.firsts === undefined;
    if (!isPlain || pathKey !== undefined || emitUnmatchedLines) return undefined;
    if (beginsWithMark(block, decoding)) return undefined;
    return parser.readLines?.({ bytes: block.bytes, table: block.lines }, now);
  }

  /** Says why lines are not taken. */
  #refuse(block: LineBlock, lines: readonly number[], now: EventTime): void {
    const texts = textsOf(block, this.#setup.decoding);
    for (const line of lines) {
      const text = texts.at(line);
      this.#parse(text);
      this.#takeUnmatched(block.path, text, now, []);
    }
  }

  /** What the parser made of a line; a null for what it did not take. */
  #parse(line: string | Buffer): readonly (ParsedEntry | null)[] {
    try {
      const parsed = this.#setup.parser.parse(line);
      if (parsed?.includes(null) === false) return parsed;
      this.#warn('pattern not matched', line);
      return parsed ?? noEntry;
    } catch (thrown) {
      this.#warn('a line cannot be parsed', line, toError(thrown));
      return noEntry;
    }
  }

  #takeUnmatched(path: string, line: string | Buffer, time: EventTime, entries: Entry[]): void {
    this.#unmatched.add();
    if (!this.#setup.emitUnmatchedLines) return;
    // The bytes of a line lie among those of its block, which must not live as long as the event.
    const text = typeof line === 'string' ? line : decodeUtf8(Buffer.from(line));
    entries.push({ time, record: this.#withPath({ unmatched_line: text }, path) });
  }

  /** A field of this name that is already there stays, as in Fluentd, unless it is null or false. */
  #withPath(record: EventRecord, path: string): EventRecord {
    const { pathKey } = this.#setup;
    if (pathKey === undefined) return record;
    const present = getField(record, pathKey);
    if (present !== undefined && present !== null && present !== false) return record;
    const more = copyRecord(record);
    setField(more, pathKey, path);
    return more;
  }

  /** A file full of such lines must not fill the log. */
  #warn(message: string, line: string | Buffer, error?: Error): void {
    const begin =
      typeof line === 'string'
        ? line.slice(0, longestShownLine)
        : line.subarray(0, longestShownLine);
    this.#warning.warn(message, message, {
      line: String(begin),
      ...(error !== undefined && { error }),
    });
  }
}
