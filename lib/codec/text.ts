import { isUtf8 } from 'node:buffer';
import { RawString } from '../event/entry.ts';
import { asBuffer } from './bytes.ts';

/** Bytes as text, or as they are where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | RawString {
  return isUtf8(bytes) ? asBuffer(bytes).toString('utf8') : new RawString(bytes);
}

/**
 * Applies `parse` to bytes as text. Bytes that are not UTF-8 are shown to it with one character (U+0000 to
 * U+00FF) for each, and `restore` then makes the right value of a part of that text.
 */
export function parseBytes<T>(
  bytes: Uint8Array,
  parse: (text: string, restore?: (part: string) => string | RawString) => T,
): T {
  if (isUtf8(bytes)) return parse(asBuffer(bytes).toString('utf8'));
  return parse(asBuffer(bytes).toString('latin1'), restoreBytes);
}

function restoreBytes(part: string): string | RawString {
  return decodeUtf8(Buffer.from(part, 'latin1'));
}
