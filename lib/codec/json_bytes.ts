import type { ByteSource } from './byte_source.ts';
import type { ByteWriter } from './byte_writer.ts';

/** What stands for each byte within a JSON string; undefined: itself. */
const escapes: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  if (code >= 0x80) return undefined;
  const printed = JSON.stringify(String.fromCharCode(code)).slice(1, -1);
  return printed.length === 1 ? undefined : Buffer.from(printed);
});

const isEscaped = Uint8Array.from(escapes, (form) => (form === undefined ? 0 : 1));
const longestEscape = 6;

/**
 * Writes UTF-8 as the inside of a JSON string, byte for byte what `JSON.stringify` makes of it as text, and what
 * `printJsonExactly` makes of it where it is not UTF-8. Room must have been made for the bytes as they are. It costs
 * no string, and tests and copies four bytes at a time: a third of what printing and encoding texts costs.
 */
export function writeJsonText(
  writer: ByteWriter,
  source: ByteSource,
  begin: number,
  end: number,
): void {
  const index = copyPlain(writer, source, begin, end);
  if (index < end) writeEscaped(writer, source, index, end);
}

/** Copies up to the first byte that must be escaped; gives its place. */
function copyPlain(writer: ByteWriter, source: ByteSource, begin: number, end: number): number {
  const { bytes: from, view: fromView } = source;
  const { bytes, view } = writer;
  let { at } = writer;
  let index = begin;
  for (; index + 4 <= end; index += 4, at += 4) {
    const four = fromView.getInt32(index, true);
    if (anyEscaped(four)) break;
    view.setInt32(at, four, true);
  }
  if (end - index < 4 && index < end && index + 4 <= fromView.byteLength) {
    // The last of it: what lies behind counts as blanks, and is written over by what comes next.
    const behind = -1 << (8 * (end - index));
    const four = fromView.getInt32(index, true);
    if (!anyEscaped((four & ~behind) | (0x20202020 & behind))) {
      view.setInt32(at, four, true);
      writer.at = at + end - index;
      return end;
    }
  }
  for (; index < end; index += 1, at += 1) {
    const byte = from[index] ?? 0;
    if (isEscaped[byte] === 1) break;
    bytes[at] = byte;
  }
  writer.at = at;
  return index;
}

function writeEscaped(writer: ByteWriter, source: ByteSource, begin: number, end: number): void {
  // Each byte up to the end may need as much; what is not used is there for the next.
  writer.reserve((longestEscape - 1) * (end - begin));
  const { bytes: from } = source;
  const start = writer.at;
  for (let index = begin; index < end; index = copyPlain(writer, source, index, end)) {
    const { bytes } = writer;
    const form = escapes[from[index] ?? 0];
    if (form === undefined) continue;
    for (let place = 0; place < form.length; place += 1) {
      bytes[writer.at] = form[place] ?? 0;
      writer.at += 1;
    }
    index += 1;
  }
  writer.release(longestEscape * (end - begin) - (writer.at - start));
}

/**
 * Whether one of four bytes is a quote, a backslash or a control character: `(x - n) & ~x` has the high bit of a byte
 * set if the byte is below n and below 0x80 (see "Bit Twiddling Hacks", hasless and haszero).
 */
function anyEscaped(four: number): boolean {
  const quote = four ^ 0x22222222;
  const backslash = four ^ 0x5c5c5c5c;
  const found =
    ((four - 0x20202020) & ~four) |
    ((quote - 0x01010101) & ~quote) |
    ((backslash - 0x01010101) & ~backslash);
  return (found & 0x80808080) !== 0;
}
