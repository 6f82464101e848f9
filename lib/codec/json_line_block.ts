import type { EventRecord } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { KeyNode } from './json_keys.ts';
import type { JsonScanner } from './json_scanner.ts';

/** Places in a line: where its object begins and ends, and what of it to leave out. */
const placesOfLine = 4;

/** What was found in lines of JSON: where each lies and its time. Filled once, then read only. */
export class JsonLineBlock {
  readonly bytes: Buffer;
  #count = 0;
  #firstSec = Number.POSITIVE_INFINITY;
  #lastSec = Number.NEGATIVE_INFINITY;
  /** Four for each line. */
  readonly #places: Uint32Array;
  readonly #secs: Float64Array;
  readonly #nsecs: Uint32Array;
  /** The last key of each line; undefined: the line has been read into a record. */
  readonly #lasts: (KeyNode | undefined)[] = [];
  readonly #records = new Map<number, EventRecord>();
  /** Lines with blanks between their parts. */
  readonly #loose = new Set<number>();

  constructor(bytes: Buffer, mostLines: number) {
    this.bytes = bytes;
    this.#places = new Uint32Array(placesOfLine * mostLines);
    this.#secs = new Float64Array(mostLines);
    this.#nsecs = new Uint32Array(mostLines);
  }

  get count(): number {
    return this.#count;
  }

  get firstSec(): number {
    return this.#firstSec;
  }

  get lastSec(): number {
    return this.#lastSec;
  }

  /** Adds the line that was read last; without its time field, if so told. */
  add(line: JsonScanner, isCut: boolean, sec: number, nsec: number): void {
    const { hasBlanks, begin, end } = line;
    const at = placesOfLine * this.#count;
    const places = this.#places;
    places[at] = begin;
    places[at + 1] = end;
    places[at + 2] = isCut ? line.cutBegin : begin;
    places[at + 3] = isCut ? line.cutEnd : begin;
    if (hasBlanks) this.#loose.add(this.#count);
    this.#push(line.last, sec, nsec);
  }

  /** Adds a line that had to be read into a record, and where it lies. */
  addRecord(begin: number, end: number, record: EventRecord, { sec, nsec }: EventTime): void {
    const at = placesOfLine * this.#count;
    this.#places[at] = begin;
    this.#places[at + 1] = end;
    this.#records.set(this.#count, record);
    this.#push(undefined, sec, nsec);
  }

  /** Where the first line begins and the last one ends. */
  get extent(): { readonly begin: number; readonly end: number } {
    const last = this.#count - 1;
    return last < 0 ? { begin: 0, end: 0 } : { begin: this.begin(0), end: this.end(last) };
  }

  /** Where a line's object begins, and its end. */
  begin(line: number): number {
    return this.#places[placesOfLine * line] ?? 0;
  }

  end(line: number): number {
    return this.#places[placesOfLine * line + 1] ?? 0;
  }

  /** What of it is to be left out; nothing when both are the same. */
  cutBegin(line: number): number {
    return this.#places[placesOfLine * line + 2] ?? 0;
  }

  cutEnd(line: number): number {
    return this.#places[placesOfLine * line + 3] ?? 0;
  }

  /** Whether a line has blanks between its parts. */
  isLoose(line: number): boolean {
    return this.#loose.size > 0 && this.#loose.has(line);
  }

  /** The last key of a line; undefined when it has been read into a record. */
  lastKey(line: number): KeyNode | undefined {
    return this.#lasts[line];
  }

  /** The record of a line that had to be read into one. */
  record(line: number): EventRecord | undefined {
    return this.#records.get(line);
  }

  sec(line: number): number {
    return this.#secs[line] ?? 0;
  }

  nsec(line: number): number {
    return this.#nsecs[line] ?? 0;
  }

  time(line: number): EventTime {
    return new EventTime(this.sec(line), this.nsec(line));
  }

  #push(last: KeyNode | undefined, sec: number, nsec: number): void {
    this.#lasts.push(last);
    this.#secs[this.#count] = sec;
    this.#nsecs[this.#count] = nsec;
    if (sec < this.#firstSec) this.#firstSec = sec;
    if (sec > this.#lastSec) this.#lastSec = sec;
    this.#count += 1;
  }
}
