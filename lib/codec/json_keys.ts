import { MsgpackWriter } from './msgpack_writer.ts';

/** A key in an object, behind those that came before it in the object. */
export interface KeyNode {
  /** The key as it is written, with its quotes; empty for the begin of an object. */
  readonly bytes: Uint8Array;
  /** The same as words of four bytes, the first byte lowest; of the last word, those bytes that `lastMask` has bits for. */
  readonly words: Int32Array;
  readonly lastMask: number;
  /** The key as MessagePack. */
  readonly packed: Uint8Array;
  /** The key before it in the object; undefined for the begin of an object. */
  readonly before: KeyNode | undefined;
  /** How many keys there are up to this one. */
  readonly count: number;
  /** Whether the value is the time of the event. */
  readonly isTime: boolean;
  /** Keys that have come next, one behind the other by `other`. */
  next: KeyNode | undefined;
  other: KeyNode | undefined;
  /** The begin of the objects in the key's value, if there were any. */
  inner: KeyNode | undefined;
}

const none = new Uint8Array(0);
const writer = new MsgpackWriter();

const mostNodes = 4096;
const mostOthers = 32;
const mostKeys = 256;
const longestKeyBytes = 256;

/**
 * The keys of the objects that were read so far, as the paths of a tree: lines of a log have the same keys in the
 * same order again and again. Walking a path makes sure that no key comes twice and that none is a number (which
 * JavaScript would put first), at the cost of comparing a few bytes. What would make the tree large is not taken.
 */
export class KeyTree {
  /** The begin of the outermost objects. */
  readonly root: KeyNode = begin();
  readonly #timeKey: Buffer | undefined;
  #nodes = 0;
  #isFull = false;

  /** `timeKey` is the field of the outermost object that holds the time. */
  constructor(timeKey: string | undefined) {
    this.#timeKey = timeKey === undefined ? undefined : Buffer.from(JSON.stringify(timeKey));
  }

  /** Whether there were keys that were not taken: then a new tree is better. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The begin of the objects in the value of a key. */
  innerOf(node: KeyNode): KeyNode {
    node.inner ??= begin();
    return node.inner;
  }

  /**
   * Takes a key that has not come behind `before` yet. Its bytes, with quotes, are what `JSON.stringify` prints.
   * Undefined when records must not have it there, or there would be too many.
   */
  add(before: KeyNode, key: Buffer, isOutermost: boolean): KeyNode | undefined {
    if (isIndex(key) || comesTwice(before, key)) return undefined;
    let last: KeyNode | undefined;
    let others = 0;
    for (let node = before.next; node !== undefined; node = node.other) {
      last = node;
      others += 1;
    }
    if (
      others >= mostOthers ||
      this.#nodes >= mostNodes ||
      before.count >= mostKeys ||
      key.length > longestKeyBytes
    ) {
      this.#isFull = true;
      return undefined;
    }
    this.#nodes += 1;
    const node = {
      bytes: Uint8Array.from(key),
      ...wordsOf(key),
      packed: packed(JSON.parse(key.toString())),
      before,
      count: before.count + 1,
      isTime: isOutermost && this.#timeKey?.equals(key) === true,
      next: undefined,
      other: undefined,
      inner: undefined,
    };
    if (last === undefined) before.next = node;
    else last.other = node;
    return node;
  }
}

/** Whether an object that ends with `last` has a key: its bytes, with quotes. The time is none that counts. */
export function hasKey(last: KeyNode, key: Buffer, countsTime: boolean): boolean {
  for (let node: KeyNode | undefined = last; node !== undefined; node = node.before) {
    if (key.equals(node.bytes)) return countsTime || !node.isTime;
  }
  return false;
}

function begin(): KeyNode {
  return {
    bytes: none,
    words: new Int32Array(0),
    lastMask: 0,
    packed: none,
    before: undefined,
    count: 0,
    isTime: false,
    next: undefined,
    other: undefined,
    inner: undefined,
  };
}

function wordsOf(key: Buffer): Pick<KeyNode, 'words' | 'lastMask'> {
  const length = Math.ceil(key.length / 4);
  const padded = Buffer.concat([key], 4 * length);
  const words = Int32Array.from({ length }, (_, index) => padded.readInt32LE(4 * index));
  return { words, lastMask: (-1 >>> (8 * (4 * length - key.length))) | 0 };
}

function packed(key: string): Uint8Array {
  writer.text(key);
  return writer.take();
}

function comesTwice(before: KeyNode, key: Buffer): boolean {
  for (let node: KeyNode | undefined = before; node !== undefined; node = node.before) {
    if (key.equals(node.bytes)) return true;
  }
  return false;
}

/** Whether an object of JavaScript might put the key before others. */
function isIndex(key: Buffer): boolean {
  return /^"\d+"$/.test(key.toString('latin1'));
}
