import type { Entry } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { LineTable } from './line_table.ts';

/** Where lines lie in bytes, in order. */
export type LineBounds = Pick<LineTable, 'count' | 'begin' | 'end'>;

/** The place of a field that a line does not have. */
export const absentField = 0xffff_ffff;
/** The place of a field that is null. */
export const nullField = 0xffff_fffe;

/** Where the fields of lines lie in the lines' bytes. */
export interface FieldTable {
  readonly bytes: Buffer;
  /** Number of entries. */
  readonly count: number;
  /** Columns of a line. */
  readonly width: number;
  /** Where column `n` of entry `m` begins and ends is at `2 * (m * width + n)`. */
  readonly bounds: Uint32Array;
  /** The time of all entries, or of each, the decoded ones too. */
  readonly times: EventTime | readonly EventTime[];
  /** Entries that have been decoded, by number: those of lines in a form that is not known here. */
  readonly decoded: ReadonlyMap<number, Entry>;
}

/** The time of an entry. */
export function timeAt({ times }: Pick<FieldTable, 'times'>, index: number): EventTime {
  return times instanceof EventTime ? times : (times[index] as EventTime); // there is one for each
}

/** Lines, each of them whole the one field of an entry. */
export function wholeLines(bytes: Buffer, lines: LineBounds, time: EventTime): FieldTable {
  const { count } = lines;
  const first = count === 0 ? 0 : lines.begin(0);
  const bounds = new Uint32Array(2 * count);
  for (let line = 0; line < count; line += 1) {
    bounds[2 * line] = lines.begin(line) - first;
    bounds[2 * line + 1] = lines.end(line) - first;
  }
  const end = count === 0 ? 0 : lines.end(count - 1);
  const own = bytes.subarray(first, end);
  return { bytes: own, count, width: 1, bounds, times: time, decoded: new Map() };
}
