import { crc32 } from 'node:zlib';

/** What Millrace knows of a file besides Fluentd's path, position and inode. */
export interface FileMark {
  /** Hexadecimal; may change when the machine starts again. */
  readonly device: string;
  /** When the file was made, in nanoseconds since the epoch, hexadecimal; 0 when the file system does not say. */
  readonly birth: string;
  /** Names the generation of the file that the position belongs to: `source` of its origins. No spaces. */
  readonly source: string;
  readonly generation: number;
  /** How many bytes at the file's begin make its fingerprint; 0 as long as it has none. */
  readonly headBytes: number;
  /** CRC-32 of the bytes just before the position. */
  readonly check: number;
  /** Wall clock in milliseconds: whatever was made before this had been seen. */
  readonly lookedMs: number;
}

/** One line of a position file. */
export interface PositionLine {
  readonly path: string;
  readonly offset: number;
  readonly inode: bigint;
  readonly mark: FileMark | undefined;
}

/** What a line of a position file may be found to be. */
export type ReadLine = PositionLine | 'unwatched' | undefined;

/** What stands for the position of a file that is no longer watched, as Fluentd writes it. */
export const unwatchedText = 'f'.repeat(16);

const fluentdLine = /^([^\t\n]+)\t([0-9a-fA-F]+)\t([0-9a-fA-F]+)([^\n]*)(\n?)$/;
const markText =
  /^\t#1 ([0-9a-f]{16}) ([0-9a-f]{8}) ([0-9a-f]{12}) ([0-9a-f]{8}) (([0-9a-f]+) ([0-9a-f]{16}) ([0-9a-f]{8}) ([0-9a-f]{4}) (\S+)) ([0-9a-f]{8})$/;

/**
 * A line of a position file as text: Fluentd's three fields, and after a third tab, which makes Fluentd ignore
 * the rest, Millrace's own. All numbers are hexadecimal, of fixed width, so that a position is written in place:
 *
 *     path \t offset \t inode [\t#1 offset check looked crc device birth generation headBytes source crc] \n
 *
 * Each crc covers the fields between it and the one before: should a write be cut in two (by a kill, at a page's
 * end), either the fields at the front or those behind are whole.
 */
export function printPositionLine(line: PositionLine): string {
  const front = `${line.path}\t${hex(line.offset, 16)}\t${hex(line.inode, 16)}`;
  const { mark } = line;
  if (mark === undefined) return `${front}\n`;
  const moving = `${hex(line.offset, 16)} ${hex(mark.check, 8)} ${hex(mark.lookedMs, 12)}`;
  // A check that is not known is told by a checksum that is wrong.
  const seal = checksum(mark.check === unknownCheck ? `${moving} unknown` : moving);
  const lasting = `${mark.device} ${mark.birth.padStart(16, '0')} ${hex(mark.generation, 8)} ${hex(mark.headBytes, 4)} ${mark.source}`;
  return `${front}\t#1 ${moving} ${seal} ${lasting} ${checksum(lasting)}\n`;
}

/** Reads a line, its line feed included if it has one. Undefined: no such line, or only the begin of one. */
export function readPositionLine(text: string): ReadLine {
  const match = fluentdLine.exec(text);
  if (match === null) return undefined;
  const [, path = '', offset = '', inode = '', rest = '', lineFeed] = match;
  // All writers write sixteen digits: fewer at the end of the file are a line that was cut.
  const isTorn = lineFeed === '' && offset.length === 16 && inode.length < 16;
  if (isTorn || offset.length > 16 || inode.length > 16) return undefined;
  if (offset.toLowerCase() === unwatchedText) return 'unwatched';
  const line = { path, offset: Number(`0x${offset}`), inode: BigInt(`0x${inode}`) };
  if (!Number.isSafeInteger(line.offset)) return undefined;
  return withMark(line, lineFeed === '' ? '' : rest);
}

function withMark(line: Omit<PositionLine, 'mark'>, rest: string): PositionLine {
  const match = markText.exec(rest);
  if (match === null) return { ...line, mark: undefined };
  const [, offset = '', check = '', looked = '', movingCrc, lasting = '', ...fields] = match;
  const [device = '', birth = '', generation = '', headBytes = '', source = '', lastingCrc] =
    fields;
  if (checksum(lasting) !== lastingCrc) return { ...line, mark: undefined };
  const isWhole = checksum(`${offset} ${check} ${looked}`) === movingCrc;
  const mark: FileMark = {
    device,
    birth: birth.replace(/^0+(?=.)/, ''),
    source,
    generation: Number(`0x${generation}`),
    headBytes: Number(`0x${headBytes}`),
    check: isWhole ? Number(`0x${check}`) : unknownCheck,
    lookedMs: isWhole ? Number(`0x${looked}`) : 0,
  };
  if (!isWhole) return { ...line, mark };
  const marked = Number(`0x${offset}`);
  // A position cut in two is never below the old one, which the mark still has. One that is, a person wrote.
  if (line.offset < marked) return { ...line, mark: { ...mark, check: unknownCheck } };
  return { ...line, offset: marked, mark };
}

/** The `check` of a mark that cannot tell. */
export const unknownCheck = -1;

function hex(value: number | bigint, digits: number): string {
  return (value === unknownCheck ? 0 : value).toString(16).padStart(digits, '0');
}

function checksum(text: string): string {
  return hex(crc32(text), 8);
}
