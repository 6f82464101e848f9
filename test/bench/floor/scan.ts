/** How many bytes after the lead byte, or of what width a length is, or how many values: see `skip`. */
const fixed = new Map([
  [0xc0, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
  [0xd4, 2],
  [0xd5, 3],
  [0xd6, 5],
  [0xd7, 9],
  [0xd8, 17],
]);
const fixedBytes = Uint8Array.from({ length: 256 }, (_, lead) => fixed.get(lead) ?? 255);

/** Where the MessagePack value at `offset` ends, or -1 when bytes are missing. Independent of the project's codec. */
export function skip(bytes: Buffer, offset: number): number {
  const end = bytes.length;
  let left = 1;
  while (left > 0) {
    if (offset >= end) return -1;
    const lead = bytes[offset++] ?? 0;
    left -= 1;
    if (lead < 0x80 || lead >= 0xe0) continue;
    if (lead < 0x90) left += (lead & 15) * 2;
    else if (lead < 0xa0) left += lead & 15;
    else if (lead < 0xc0) offset += lead & 31;
    else {
      const size = fixedBytes[lead] ?? 255;
      if (size < 255) offset += size;
      else {
        const width = lengthBytes(lead);
        if (offset + width > end) return -1;
        const length = bytes.readUIntBE(offset, width);
        offset += width;
        if (lead >= 0xde) left += length * 2;
        else if (lead >= 0xdc) left += length;
        // An extension has its type before its bytes.
        else offset += lead >= 0xc7 && lead <= 0xc9 ? length + 1 : length;
      }
    }
    if (offset > end) return -1;
  }
  return offset;
}

function lengthBytes(lead: number): number {
  if (lead === 0xc4 || lead === 0xc7 || lead === 0xd9) return 1;
  if (lead === 0xc5 || lead === 0xc8 || lead === 0xda || lead === 0xdc || lead === 0xde) return 2;
  if (lead === 0xc6 || lead === 0xc9 || lead === 0xdb || lead === 0xdd || lead === 0xdf) return 4;
  throw new Error(`0x${lead.toString(16)} begins no value`);
}

/** How many values lie in the bytes, one after another. */
export function countValues(bytes: Buffer): number {
  let count = 0;
  for (let offset = 0; offset < bytes.length; count += 1) {
    offset = skip(bytes, offset);
    if (offset < 0) throw new Error('the last value is torn');
  }
  return count;
}
