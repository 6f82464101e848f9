import { containerBytes, elementBytes, variable, wholeBytes } from './msgpack_scanner.ts';

/** What the arrays and maps of the last value take once they are decoded, about. */
export let skippedWeightBytes = 0;

/** With no more arrays and maps than this, none can lie too deep in the others. */
const mostContainers = 256;

/**
 * The end of the MessagePack value at `offset`; -1 where it is not plain that it is whole and shallow: then the
 * scanner must look. Every event that comes packed is counted by this, in half of the scanner's time.
 */
export function skipPlainValue(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset;
  let left = 1;
  let containers = 0;
  let elements = 0;
  do {
    if (at >= end) return -1;
    const lead = bytes[at] as number; // in range: at < end
    const whole = wholeBytes[lead] as number; // a table of 256
    left -= 1;
    if (whole !== variable) {
      at += whole;
    } else if (lead < 0xa0) {
      const more = lead < 0x90 ? (lead & 0x0f) * 2 : lead & 0x0f;
      left += more;
      elements += more;
      containers += 1;
      at += 1;
    } else if (lead === 0xd9 || lead === 0xc4) {
      if (at + 1 >= end) return -1;
      at += 2 + (bytes[at + 1] as number); // in range, as just seen; below likewise
    } else if (lead === 0xda || lead === 0xc5) {
      if (at + 2 >= end) return -1;
      at += 3 + (((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number));
    } else if (lead === 0xde) {
      if (at + 2 >= end) return -1;
      const more = (((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)) * 2;
      left += more;
      elements += more;
      containers += 1;
      at += 3;
    } else return -1;
  } while (left > 0);
  if (at > end || containers > mostContainers) return -1;
  skippedWeightBytes = containers * containerBytes + elements * elementBytes;
  return at;
}
