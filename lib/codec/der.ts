/*
 * DER, as far as certificates need it (X.690): every value is
 *
 *     [tag 1][length 1 | 0x80 + n, n bytes big-endian][content]
 */

/** A value of a tag, whose content is all parts together. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = bigEndian(length);
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

/** Values in order. */
export function derSequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

/** A number that is not negative, big-endian bytes. */
export function derInteger(bytes: Uint8Array): Buffer {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return isNegative ? der(0x02, Buffer.from([0]), bytes) : der(0x02, bytes);
}

/** An object identifier, such as `2.5.29.17`. */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return der(0x06, Buffer.from(bytes));
}

/** A text in UTF-8. */
export function derText(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

/** Bits that fill their bytes. */
export function derBits(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), bytes);
}

/** A moment, to the second: of two digits for the year until 2049, as RFC 5280 asks. */
export function derTime(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').replace(/\..*/, 'Z');
  const year = Number(text.slice(0, 4));
  const isShort = year >= 1950 && year < 2050;
  return isShort ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

/** The values inside of a value, each with its tag and length. They must be well-formed. */
export function derChildren(value: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const children: Buffer[] = [];
  const end = endAt(bytes, 0);
  for (let offset = contentAt(bytes, 0); offset < end; ) {
    const next = endAt(bytes, offset);
    children.push(bytes.subarray(offset, next));
    offset = next;
  }
  return children;
}

function contentAt(bytes: Buffer, offset: number): number {
  const length = bytes[offset + 1] ?? 0;
  return offset + 2 + (length < 0x80 ? 0 : length & 0x7f);
}

function endAt(bytes: Buffer, offset: number): number {
  const length = bytes[offset + 1] ?? 0;
  const start = contentAt(bytes, offset);
  return start + (length < 0x80 ? length : bytes.readUIntBE(offset + 2, length & 0x7f));
}

function bigEndian(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
    bytes.unshift(0x80 | (left & 0x7f));
  }
  return bytes;
}
