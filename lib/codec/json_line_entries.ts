import { isAscii } from 'node:buffer';
import { MillraceError } from '../error.ts';
import { copyRecord, type Entry, type EventRecord, setField } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import type { ConstantFields, Memory, UndecodedEntries } from '../event/undecoded.ts';
import { hasKey, type KeyNode } from './json_keys.ts';
import type { JsonLineBlock } from './json_line_block.ts';
import { noFields, type PrintedFields, printFields } from './json_line_fields.ts';
import { packLines } from './json_line_pack.ts';
import { printLines } from './json_line_print.ts';

/** What the plain way makes of a line. */
export interface PlainEntry {
  readonly time: EventTime | null;
  readonly record: EventRecord;
}

/** How lines are decoded. */
export interface PlainWay {
  readonly keepsTimeKey: boolean;
  /** What the plain way makes of a text; null when it is no JSON. @throws MR_TIME when it has no time that can be read */
  readonly parse: (text: string) => readonly (PlainEntry | null)[] | null;
}

/** Is told whether it was worth while not to decode entries. */
export type OnUse = (isDecoded: boolean) => void;

/** Entries that lie in lines of JSON, with further fields. */
export class JsonLineEntries implements UndecodedEntries {
  readonly #block: JsonLineBlock;
  readonly #plain: PlainWay;
  readonly #onUse: OnUse;
  readonly #more: PrintedFields;
  /** The line that was judged last ended with this key. */
  #lastKey: KeyNode | undefined;
  #isLastCopied = false;

  constructor(block: JsonLineBlock, plain: PlainWay, onUse: OnUse, more: PrintedFields = noFields) {
    this.#block = block;
    this.#plain = plain;
    this.#onUse = onUse;
    this.#more = more;
  }

  get count(): number {
    return this.#block.count;
  }

  get sizeBytes(): number {
    const { count, extent } = this.#block;
    return extent.end - extent.begin + count * this.#more.json.length;
  }

  get firstSec(): number {
    return this.#block.firstSec;
  }

  get lastSec(): number {
    return this.#block.lastSec;
  }

  decode(): readonly Entry[] {
    this.#onUse(true);
    const block = this.#block;
    const textOf = lineReader(block);
    const entries: Entry[] = [];
    for (let line = 0; line < block.count; line += 1) {
      const record = this.#withMore(block.record(line) ?? this.#parse(textOf(line)));
      entries.push({ time: block.time(line), record });
    }
    return entries;
  }

  pack(memory?: Memory): Uint8Array {
    this.#onUse(false);
    const { fields, packed } = this.#more;
    const packing = {
      packed,
      fieldCount: fields.length,
      keepsTimeKey: this.#plain.keepsTimeKey,
      recordOf: (line: number) => this.#decodedRecord(line),
    };
    return packLines(this.#block, packing, memory);
  }

  printJson(lineEnd: string, memory?: Memory): Uint8Array {
    this.#onUse(false);
    const printing = {
      json: this.#more.json,
      lineEnd: Buffer.from(lineEnd),
      recordOf: (line: number) => this.#decodedRecord(line),
    };
    return printLines(this.#block, printing, memory);
  }

  withFields(fields: ConstantFields): UndecodedEntries | undefined {
    const more = printFields([...this.#more.fields, ...fields]);
    return more && new JsonLineEntries(this.#block, this.#plain, this.#onUse, more);
  }

  /** The record of a line that must be written the plain way: it is there, or has a field that is to be replaced. */
  #decodedRecord(line: number): EventRecord | undefined {
    const block = this.#block;
    const key = block.lastKey(line);
    if (key === undefined) return this.#withMore(block.record(line) ?? {});
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      this.#isLastCopied = !this.#more.keys.some((one) =>
        hasKey(key, one, this.#plain.keepsTimeKey),
      );
    }
    if (this.#isLastCopied) return undefined;
    const text = block.bytes.toString('utf8', block.begin(line), block.end(line));
    return this.#withMore(this.#parse(text));
  }

  #parse(text: string): EventRecord {
    const entry = this.#plain.parse(text)?.[0];
    if (entry != null) return entry.record;
    throw new MillraceError('MR_CODEC', `a line was taken for a JSON object: ${text}`);
  }

  #withMore(record: EventRecord): EventRecord {
    const { fields } = this.#more;
    if (fields.length === 0) return record;
    const more = copyRecord(record);
    for (const [name, value] of fields) setField(more, name, value);
    return more;
  }
}

/** Reads lines as text: out of one text for all, where each character is a byte. */
function lineReader(block: JsonLineBlock): (line: number) => string {
  const { bytes, extent } = block;
  const all = bytes.subarray(extent.begin, extent.end);
  if (!isAscii(all)) return (line) => bytes.toString('utf8', block.begin(line), block.end(line));
  const text = all.toString('latin1');
  return (line) => text.slice(block.begin(line) - extent.begin, block.end(line) - extent.begin);
}
