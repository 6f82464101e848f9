import { accessColumns, scanAccessLine } from './access_line.ts';
import type { ByteSource } from './byte_source.ts';
import { absentField, nullField } from './field_table.ts';

const dash = 0x2d;
const zero = 0x30;
const nine = 0x39;
/** As many digits make no number beyond 2^53. */
const mostDigits = 15;

const { remote, user, path, code, size, referer, agent, forwarded } = accessColumns;

/**
 * Finds the fields of a line of Apache, common or combined, as `scanAccessLine` does, with null for what is absent or
 * a dash, and integers for code and size. Gives false for any other line, also where either is no plain number.
 */
export function scanApacheLine(
  source: ByteSource,
  begin: number,
  end: number,
  bounds: Uint32Array,
  place: number,
): boolean {
  if (!scanAccessLine(source, begin, end, bounds, place)) return false;
  if (bounds[place + 2 * forwarded] !== absentField) return false;
  for (const column of [remote, user, path, size, referer, agent]) {
    const at = place + 2 * column;
    const isNull = bounds[at] === absentField || (column !== path && isDash(source, bounds, at));
    if (isNull) bounds[at] = nullField;
  }
  const codeAt = place + 2 * code;
  const sizeAt = place + 2 * size;
  if (!isInteger(source, bounds, codeAt)) return false;
  // As Fluentd has it, no code is 0.
  if (source.bytes[bounds[codeAt] ?? 0] === zero) bounds[codeAt] = nullField;
  return bounds[sizeAt] === nullField || isInteger(source, bounds, sizeAt);
}

function isDash({ bytes }: ByteSource, bounds: Uint32Array, at: number): boolean {
  const begin = bounds[at] ?? 0;
  return bounds[at + 1] === begin + 1 && bytes[begin] === dash;
}

/** Whether it is a decimal number as numbers are printed: with no zero before others. */
function isInteger({ bytes }: ByteSource, bounds: Uint32Array, at: number): boolean {
  const begin = bounds[at] ?? 0;
  const length = (bounds[at + 1] ?? 0) - begin;
  if (length < 1 || length > mostDigits || (length > 1 && bytes[begin] === zero)) return false;
  for (let index = begin; index < begin + length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < zero || byte > nine) return false;
  }
  return true;
}
