import { isUtf8 } from 'node:buffer';
import type { EventTime } from '../event/time.ts';
import type { UndecodedEntries } from '../event/undecoded.ts';
import { KeyTree } from './json_keys.ts';
import { JsonLineBlock } from './json_line_block.ts';
import {
  JsonLineEntries,
  type OnUse,
  type PlainEntry,
  type PlainWay,
} from './json_line_entries.ts';
import { JsonTimeReader, type JsonTimeSetup } from './json_line_time.ts';
import { JsonScanner } from './json_scanner.ts';
import type { LineTable } from './line_table.ts';

/** How lines of JSON become entries. */
export interface JsonLinesSetup extends JsonTimeSetup, PlainWay {
  /** The field that holds the time, if any. */
  readonly timeKey: string | undefined;
}

/** Where lines lie. */
interface Lines {
  readonly bytes: Buffer;
  readonly table: Pick<LineTable, 'count' | 'begin' | 'end'>;
}

/** What was found in lines. */
interface FoundLines {
  readonly entries: UndecodedEntries;
  /** The numbers of lines that give no entry. */
  readonly unmatched: readonly number[];
}

const blocksInVain = 16;
const blocksLeft = 64;

/**
 * Reads lines of JSON without decoding them: most are objects as `JSON.stringify` prints them, and go out with
 * the bytes with which they came in. It takes a sixth of the time of parsing and printing them.
 */
export class JsonLineReader {
  readonly #setup: JsonLinesSetup;
  #tree: KeyTree;
  /** Blocks in a row that were decoded after all, and those that were left to the plain way since. */
  #decoded = 0;
  #left = 0;

  constructor(setup: JsonLinesSetup) {
    this.#setup = setup;
    this.#tree = new KeyTree(setup.timeKey);
  }

  /**
   * What lines hold; undefined when one of them holds more than an entry, or when all are decoded anyway. `now` is
   * the time of those without.
   */
  read({ bytes, table }: Lines, now: EventTime): FoundLines | undefined {
    if (this.#isInVain()) return undefined;
    const { count } = table;
    const { keepsTimeKey } = this.#setup;
    if (this.#tree.isFull) this.#tree = new KeyTree(this.#setup.timeKey);
    const scanner = new JsonScanner(bytes, this.#tree);
    const times = new JsonTimeReader(bytes, this.#setup);
    const block = new JsonLineBlock(bytes, count);
    const unmatched: number[] = [];
    const isText = count > 0 && isUtf8(bytes.subarray(table.begin(0), table.end(count - 1)));
    for (let line = 0; line < count; line += 1) {
      const begin = table.begin(line);
      const end = table.end(line);
      // Every loop of the scanner ends at the line break behind a line.
      if (isText && end < bytes.length && scanner.read(begin, end)) {
        const { timeBegin, timeEnd } = scanner;
        if (timeEnd === 0) block.add(scanner, false, now.sec, now.nsec);
        else if (times.read(timeBegin, timeEnd)) {
          block.add(scanner, !keepsTimeKey, times.sec, times.nsec);
        } else unmatched.push(line);
        continue;
      }
      const found = this.#parse(bytes.subarray(begin, end));
      if (found === null) unmatched.push(line);
      else if (found.length === 1 && found[0] != null) {
        const [{ record, time }] = found;
        block.addRecord(begin, end, record, time ?? now);
      } else return undefined;
    }
    return { entries: new JsonLineEntries(block, this.#setup, this.#onUse), unmatched };
  }

  /** Whether somebody behind decodes whatever comes; now and then a block is tried all the same. */
  #isInVain(): boolean {
    if (this.#decoded < blocksInVain) return false;
    this.#left = (this.#left + 1) % blocksLeft;
    return this.#left !== 0;
  }

  readonly #onUse: OnUse = (isDecoded) => {
    this.#decoded = isDecoded ? this.#decoded + 1 : 0;
  };

  #parse(line: Buffer): readonly (PlainEntry | null)[] | null {
    if (!isUtf8(line)) return null;
    try {
      return this.#setup.parse(line.toString());
    } catch {
      // Whoever is told that the line does not match finds out why.
      return null;
    }
  }
}
