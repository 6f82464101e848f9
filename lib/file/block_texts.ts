import { isAscii } from 'node:buffer';
import { joinLines } from '../codec/line_joiner.ts';
import type { TextDecoding } from '../codec/text_decoding.ts';
import type { LineBlock } from './line_block.ts';

/** The texts of a block, each as a string where that is cheaper than bytes and says the same. */
export interface BlockTexts {
  readonly count: number;
  at(index: number): string | Buffer;
}

/** Reads the texts of a block: single lines, or lines joined by line feeds. */
export function textsOf(block: LineBlock, decoding: TextDecoding): BlockTexts {
  const { firsts, lines } = block;
  const lineAt = lineReader(block, decoding);
  if (firsts === undefined) return { count: lines.count, at: lineAt };
  return {
    count: firsts.length,
    at(index) {
      const begin = firsts[index] ?? 0;
      const end = firsts[index + 1] ?? lines.count;
      return end - begin === 1 ? lineAt(begin) : joinParts(lineAt, begin, end);
    },
  };
}

/** Whether the first line of a block is the first of its file and begins with a byte order mark. */
export function beginsWithMark(
  { bytes, lines, origin }: LineBlock,
  { byteOrderMark }: TextDecoding,
): boolean {
  return origin.begin === 0 && beginsWith(bytes.subarray(lines.begin(0)), byteOrderMark);
}

function lineReader(block: LineBlock, decoding: TextDecoding): (index: number) => string | Buffer {
  const { bytes, lines } = block;
  const { decode, byteOrderMark } = decoding;
  const hasMark = beginsWithMark(block, decoding);
  const beginOf = (index: number): number =>
    hasMark && index === 0 ? lines.begin(0) + byteOrderMark.length : lines.begin(index);
  if (decode !== undefined) {
    return (index) => decode(bytes.subarray(beginOf(index), lines.end(index)));
  }
  const first = lines.begin(0);
  const all = bytes.subarray(first, lines.end(lines.count - 1));
  if (!isAscii(all)) return (index) => bytes.subarray(beginOf(index), lines.end(index));
  const text = all.toString('latin1');
  return (index) => text.slice(lines.begin(index) - first, lines.end(index) - first);
}

/** The lines of a block are all strings or all bytes. */
function joinParts(
  lineAt: (index: number) => string | Buffer,
  begin: number,
  end: number,
): string | Buffer {
  const strings: string[] = [];
  const buffers: Buffer[] = [];
  for (let index = begin; index < end; index += 1) {
    const line = lineAt(index);
    if (typeof line === 'string') strings.push(line);
    else buffers.push(line);
  }
  return buffers.length > 0 ? joinLines(buffers) : strings.join('\n');
}

/** A line as a parser sees it that is asked whether a text begins at it. */
export function lineText(line: Buffer, { decode, byteOrderMark }: TextDecoding): string | Buffer {
  const own = beginsWith(line, byteOrderMark) ? line.subarray(byteOrderMark.length) : line;
  return decode === undefined ? own : decode(own);
}

function beginsWith(bytes: Buffer, mark: Uint8Array): boolean {
  return mark.length > 0 && bytes.subarray(0, mark.length).equals(mark);
}
