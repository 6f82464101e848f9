const ampersand = 0x26;
const equals = 0x3d;
const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

/** The fields of a form, by their names; of fields with the same name the first. */
export type Form = ReadonlyMap<string, Uint8Array>;

/**
 * Reads `application/x-www-form-urlencoded`: `a=1&b=%20`. Values are bytes, since they may be anything:
 * `URLSearchParams` would take them for UTF-8. A percent sign without two hex digits stands for itself.
 */
export function parseForm(bytes: Uint8Array): Form {
  const fields = new Map<string, Uint8Array>();
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(ampersand, start);
    const end = found < 0 ? bytes.length : found;
    if (end > start) {
      const sign = bytes.subarray(start, end).indexOf(equals);
      const nameEnd = sign < 0 ? end : start + sign;
      const name = decodePercent(bytes.subarray(start, nameEnd)).toString();
      if (!fields.has(name))
        fields.set(name, decodePercent(bytes.subarray(Math.min(nameEnd + 1, end), end)));
    }
    start = end + 1;
  }
  return fields;
}

function decodePercent(encoded: Uint8Array): Buffer {
  const decoded = Buffer.allocUnsafe(encoded.length);
  let length = 0;
  for (let index = 0; index < encoded.length; index += 1) {
    let byte = encoded[index] ?? 0;
    if (byte === plus) byte = space;
    else if (byte === percent) {
      const high = hexDigit(encoded[index + 1]);
      const low = hexDigit(encoded[index + 2]);
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        index += 2;
      }
    }
    decoded[length] = byte;
    length += 1;
  }
  return decoded.subarray(0, length);
}

/** The value of a hex digit, or -1. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
