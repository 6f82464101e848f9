import { MillraceError } from '../error.ts';
import { LimitError } from './limit_error.ts';

/** How deep arrays and maps may lie in one another in a record that comes from outside. */
export const depthLimit = 512;

/** What the codec itself takes: operators may wrap a record of any allowed depth into further ones. */
export const codecDepthLimit = depthLimit + 128;

/** An entry is an array around its record, and may lie in two more in a frame of the forward protocol. */
export const entryDepthLimit = depthLimit + 1;
export const frameDepthLimit = entryDepthLimit + 2;

/** What an array or map takes once it is decoded, about, and each element of it. */
export const containerBytes = 56;
export const elementBytes = 8;

/** Stands for a length that the lead byte does not tell. */
export const variable = 0;

/** Bytes of a value, for every form whose lead byte tells them; `variable` for the others. */
export const wholeBytes: Uint8Array = Uint8Array.from({ length: 256 }, (_, lead) => {
  const after = bytesAfterLead(lead);
  return after === undefined ? variable : 1 + after;
});

function bytesAfterLead(lead: number): number | undefined {
  if (lead < 0x80 || lead >= 0xe0) return 0;
  if (lead >= 0xa0 && lead < 0xc0) return lead & 0x1f;
  switch (lead) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return 0;
    case 0xcc:
    case 0xd0:
      return 1;
    case 0xcd:
    case 0xd1:
    case 0xd4:
      return 2;
    case 0xd5:
      return 3;
    case 0xca:
    case 0xce:
    case 0xd2:
      return 4;
    case 0xd6:
      return 5;
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return 8;
    case 0xd7:
      return 9;
    case 0xd8:
      return 17;
    default:
      return undefined;
  }
}

/**
 * Finds the end of a MessagePack value without decoding it, and can stop where bytes are missing and go on
 * when they have come: nothing is looked at twice, nothing is allocated for a length that was only claimed.
 */
export class MsgpackScanner {
  /** Where the scan stands; beyond `end` when the bytes of a long string are still to come. */
  offset = 0;
  /** What the arrays and maps of the value take once they are decoded, about: however short they are. */
  weightBytes = 0;
  private left = 1;
  private depth = 0;
  private readonly outer: Float64Array;

  /** Arrays and maps may lie `levels` deep in one another. */
  constructor(levels: number) {
    this.outer = new Float64Array(levels);
  }

  /** Gets ready for the value at `offset`. */
  begin(offset: number): void {
    this.offset = offset;
    this.weightBytes = 0;
    this.left = 1;
    this.depth = 0;
  }

  /**
   * Goes on up to `end`; true when the value is complete, with `offset` just after it.
   * @throws MR_CODEC when the bytes are not MessagePack or are nested too deeply.
   */
  run(bytes: Uint8Array, end: number): boolean {
    let offset = this.offset;
    let left = this.left;
    let depth = this.depth;
    for (;;) {
      while (left === 0) {
        if (depth === 0) {
          this.offset = offset;
          this.left = 0;
          this.depth = 0;
          return offset <= end;
        }
        depth -= 1;
        left = this.outer[depth] as number; // typed arrays hold a number at every index in range
      }
      if (offset >= end) break;
      const lead = bytes[offset] as number; // in range: offset < end
      const whole = wholeBytes[lead] as number; // a table of 256
      if (whole !== variable) {
        offset += whole;
        left -= 1;
        continue;
      }
      const lengthBytes = lengthBytesOf(lead);
      if (offset + 1 + lengthBytes > end) break;
      const length = readLength(bytes, offset, lead, lengthBytes);
      left -= 1;
      if (isContainer(lead)) {
        offset += 1 + lengthBytes;
        if (depth >= this.outer.length) throw tooDeep();
        this.outer[depth] = left;
        depth += 1;
        left = isMap(lead) ? length * 2 : length;
        this.weightBytes += containerBytes + left * elementBytes;
      } else {
        offset += 1 + lengthBytes + length + (lead >= 0xc7 && lead <= 0xc9 ? 1 : 0);
      }
    }
    this.offset = offset;
    this.left = left;
    this.depth = depth;
    return false;
  }
}

const scanner = new MsgpackScanner(frameDepthLimit);

/**
 * The offset just after the value at `offset`, or -1 when it does not end by `end`.
 * @throws MR_CODEC when the bytes are not MessagePack or are nested too deeply.
 */
export function skipValue(bytes: Uint8Array, offset: number, end: number): number {
  scanner.begin(offset);
  return scanner.run(bytes, end) ? scanner.offset : -1;
}

/** The error for arrays and maps that lie too deep in one another. */
export function tooDeep(): MillraceError {
  return new LimitError('depth', `MessagePack nested deeper than ${depthLimit} levels in a record`);
}

function isContainer(lead: number): boolean {
  return lead < 0xa0 || lead >= 0xdc;
}

function isMap(lead: number): boolean {
  return lead < 0x90 || lead >= 0xde;
}

function lengthBytesOf(lead: number): number {
  switch (lead) {
    case 0xc4:
    case 0xc7:
    case 0xd9:
      return 1;
    case 0xc5:
    case 0xc8:
    case 0xda:
    case 0xdc:
    case 0xde:
      return 2;
    case 0xc6:
    case 0xc9:
    case 0xdb:
    case 0xdd:
    case 0xdf:
      return 4;
    case 0xc1:
      throw new MillraceError('MR_CODEC', 'byte 0xc1 does not occur in MessagePack');
    default:
      return 0; // fixarray and fixmap
  }
}

function readLength(bytes: Uint8Array, offset: number, lead: number, lengthBytes: number): number {
  if (lengthBytes === 0) return lead & 0x0f;
  let length = bytes[offset + 1] as number; // the caller has checked that the length bytes are there
  for (let index = 2; index <= lengthBytes; index += 1) {
    length = length * 256 + (bytes[offset + index] as number); // as above
  }
  return length;
}
