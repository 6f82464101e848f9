import { type ByteSource, byteSource, isSame } from '../codec/byte_source.ts';
import { type FieldColumn, FieldLayout } from '../codec/field_layout.ts';
import { FieldLines } from '../codec/field_lines.ts';
import { decodeUtf8 } from '../codec/text.ts';
import type { Entry } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import type { Lines, Parser, ReadLines } from './contract.ts';
import type { RecordRules } from './parse_record.ts';

/**
 * Finds the fields of the line between two places: those of column `n` begin and end at `bounds[place + 2 * n]`.
 * Gives false for a line in another than its own form, however it may have filled them by then.
 */
export type LineScanner = (
  source: ByteSource,
  begin: number,
  end: number,
  bounds: Uint32Array,
  place: number,
) => boolean;

/** How lines are read by a scanner. */
export interface ScanSetup {
  readonly scan: LineScanner;
  /** What the scanner finds; the columns that are undefined are no fields. */
  readonly columns: readonly (FieldColumn | undefined)[];
  /** The column of the time, which is no field. */
  readonly timeColumn: number;
  readonly readTime: RecordRules['readTime'];
  /** Reads the lines that the scanner does not: one entry of each. */
  readonly parse: Parser['parse'];
}

/**
 * Makes `readLines` of a scanner that need only know the usual form of a line: every other line, and every time that
 * cannot be read, is given to the plain parser, one by one.
 */
export function scannedLines(setup: ScanSetup): NonNullable<Parser['readLines']> {
  const { scan, columns, timeColumn, readTime, parse } = setup;
  const layout = FieldLayout.of(columns);
  const width = columns.length;
  return ({ bytes, table }: Lines, now: EventTime): ReadLines | undefined => {
    const lineCount = table.count;
    if (lineCount === 0) return undefined;
    const first = table.begin(0);
    const own = bytes.subarray(first, table.end(lineCount - 1));
    const bounds = new Uint32Array(2 * width * lineCount);
    const times: EventTime[] = [];
    const decoded = new Map<number, Entry>();
    const unmatched: number[] = [];
    const source = byteSource(own);
    const timeOf = timeReader(source, readTime);
    for (let line = 0; line < lineCount; line += 1) {
      const begin = table.begin(line) - first;
      const end = table.end(line) - first;
      const place = 2 * width * times.length;
      const timePlace = place + 2 * timeColumn;
      const time = scan(source, begin, end, bounds, place)
        ? timeOf(bounds[timePlace] ?? 0, bounds[timePlace + 1] ?? 0)
        : undefined;
      if (time !== undefined) {
        times.push(time);
        continue;
      }
      const entry = parseLine(parse, own.subarray(begin, end), now);
      if (entry === undefined) unmatched.push(line);
      else {
        decoded.set(times.length, entry);
        times.push(entry.time);
      }
    }
    const fields = { bytes: own, count: times.length, width, bounds, times, decoded };
    return { entries: new FieldLines(fields, layout), unmatched };
  };
}

/** Reads times from bytes, the very same text once only: lines of one second often carry it. Undefined: no time. */
function timeReader(
  source: ByteSource,
  readTime: RecordRules['readTime'],
): (begin: number, end: number) => EventTime | undefined {
  let lastBegin = 0;
  let lastEnd = 0;
  let lastTime: EventTime | undefined;
  return (begin, end) => {
    if (lastTime !== undefined && isSame(source, lastBegin, lastEnd, begin, end)) return lastTime;
    lastBegin = begin;
    lastEnd = end;
    try {
      lastTime = readTime(decodeUtf8(source.bytes.subarray(begin, end)));
    } catch {
      lastTime = undefined;
    }
    return lastTime;
  };
}

/** Undefined when the parser does not take the line; who reads lines parses it once more to say why. */
function parseLine(parse: Parser['parse'], line: Buffer, now: EventTime): Entry | undefined {
  try {
    const parsed = parse(line)?.[0];
    return parsed ? { time: parsed.time ?? now, record: parsed.record } : undefined;
  } catch {
    return undefined;
  }
}
