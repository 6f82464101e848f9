import { skip } from './scan.ts';

/** A message of the forward protocol: `[tag, entries, option]` or `[tag, time, record, option]`, its parts as they came. */
export interface Frame {
  /** Entries, one after another. */
  readonly entries: Buffer;
  /** One entry in pieces, without the head of its array. */
  readonly isSingle: boolean;
  readonly option: Buffer;
}

/** Cuts what a socket reads into messages. */
export class FrameSplitter {
  #pieces: Buffer[] = [];
  #length = 0;
  #needed = 1;

  push(piece: Buffer, take: (message: Buffer) => void): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#needed) return;
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#length);
    let start = 0;
    for (let end = skip(bytes, start); end > 0; end = skip(bytes, start)) {
      take(bytes.subarray(start, end));
      start = end;
    }
    const rest = bytes.subarray(start);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    this.#needed = neededBytes(rest);
  }
}

/** The parts of a message. */
export function readFrame(message: Buffer): Frame {
  const tagEnd = skip(message, 1);
  const end = skip(message, tagEnd);
  const lead = message[tagEnd] ?? 0;
  if (lead >= 0xa0 && lead < 0xc0) return packed(message, tagEnd + 1, end);
  if (lead === 0xc4 || lead === 0xd9) return packed(message, tagEnd + 2, end);
  if (lead === 0xc5 || lead === 0xda) return packed(message, tagEnd + 3, end);
  if (lead === 0xc6 || lead === 0xdb) return packed(message, tagEnd + 5, end);
  if (lead >= 0x90 && lead < 0xa0) return packed(message, tagEnd + 1, end);
  if (lead === 0xdc) return packed(message, tagEnd + 3, end);
  if (lead === 0xdd) return packed(message, tagEnd + 5, end);
  const recordEnd = skip(message, end);
  const entries = message.subarray(tagEnd, recordEnd);
  return { entries, isSingle: true, option: message.subarray(recordEnd) };
}

/** The answer to a message with a chunk id. */
export function ackOf(option: Buffer): Buffer | undefined {
  const key = option.indexOf('chunk');
  if (key < 0) return undefined;
  const id = option.subarray(key + 5, skip(option, key + 5));
  return Buffer.concat([ackHead, id]);
}

const ackHead = Buffer.from([0x81, 0xa3, ...Buffer.from('ack')]);

function packed(message: Buffer, start: number, end: number): Frame {
  return {
    entries: message.subarray(start, end),
    isSingle: false,
    option: message.subarray(end),
  };
}

/** The head of packed entries tells how long they are: nothing is scanned again until they have come. */
function neededBytes(rest: Buffer): number {
  const tagEnd = rest.length > 1 ? skip(rest, 1) : -1;
  if (tagEnd < 0 || rest[tagEnd] !== 0xc6 || tagEnd + 5 > rest.length) return rest.length + 1;
  return tagEnd + 5 + rest.readUInt32BE(tagEnd + 1);
}
