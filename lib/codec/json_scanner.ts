import type { KeyNode, KeyTree } from './json_keys.ts';
import { endOfText, isBlank } from './json_text.ts';

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const isDigit = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= zero && byte < zero + 10 ? 1 : 0,
);
const isInNumber = Uint8Array.from({ length: 256 }, (_, byte) =>
  '0123456789+-.eE'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** Escapes that `JSON.stringify` writes, by the byte behind the backslash. */
const isShortEscape = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** So many digits come out of a float as they went in. */
const exactDigits = 15;
/** An integer of more digits may be too large for a float. */
const mostDigits = 300;
/** What is nested deeper is read the plain way. */
const deepest = 64;
const unsafe = 2 ** 53;

/**
 * Reads a line that is one JSON object, in its bytes. It takes only what `JSON.stringify` would print with the
 * same bytes between the blanks once it is parsed: then those bytes can be copied instead. Whatever else it does
 * not take, JSON or not: plain code looks at it. The bytes of the whole block must be UTF-8.
 *
 * The array accesses below are cast to `number`: a byte that is not there ends every loop, as one that does not
 * fit does, and the bytes behind a line are never taken for some of it, since its end is compared in the end.
 */
export class JsonScanner {
  /** The last key of the line. */
  last: KeyNode;
  /** Whether there are blanks between its parts. */
  hasBlanks = false;
  /** Where the outermost object begins and ends. */
  begin = 0;
  end = 0;
  /** Where the value of the time field lies; nowhere when both are 0. */
  timeBegin = 0;
  timeEnd = 0;
  /** What to leave out if the time field is to be left out, one comma included. */
  cutBegin = 0;
  cutEnd = 0;
  private readonly tree: KeyTree;
  private readonly bytes: Buffer;
  /** The bytes four at a time. */
  private readonly view: DataView;

  constructor(bytes: Buffer, tree: KeyTree) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.tree = tree;
    this.last = tree.root;
  }

  /** Reads the line that lies between two places; false when it does not take it. */
  read(begin: number, end: number): boolean {
    this.hasBlanks = false;
    this.timeBegin = 0;
    this.timeEnd = 0;
    this.cutBegin = 0;
    this.cutEnd = 0;
    const { bytes } = this;
    let at = begin;
    while (at < end && isBlank[bytes[at] as number] === 1) at += 1;
    if (bytes[at] !== openBrace) return false;
    this.begin = at;
    at = this.object(at + 1, this.tree.root, 0);
    this.end = at;
    if (at < 0) return false;
    while (at < end && isBlank[bytes[at] as number] === 1) at += 1;
    return at === end;
  }

  /** The place behind the object whose fields begin at a place; -1 when it is not taken. */
  private object(from: number, root: KeyNode, depth: number): number {
    const { bytes } = this;
    let node = root;
    let at = this.skipBlanks(from);
    if (bytes[at] === closeBrace) {
      this.last = node;
      return at + 1;
    }
    let before = at;
    for (;;) {
      const keyBegin = at;
      const known = this.follow(node, keyBegin, depth);
      if (known === undefined) return -1;
      node = known;
      at = keyBegin + node.bytes.length;
      if (bytes[at] !== colon) {
        at = this.skipBlanks(at);
        if (bytes[at] !== colon) return -1;
      }
      at += 1;
      // The usual values are read here: a call for each would cost as much again.
      if (isBlank[bytes[at] as number] === 1) at = this.skipBlanks(at);
      const valueBegin = at;
      at = bytes[at] === quote ? this.string(at + 1) : this.value(at, node, depth);
      if (at < 0) return -1;
      const valueEnd = at;
      if (isBlank[bytes[at] as number] === 1) at = this.skipBlanks(at);
      const isLast = bytes[at] !== comma;
      if (!isLast) {
        at += 1;
        if (bytes[at] !== quote) at = this.skipBlanks(at);
      }
      if (node.isTime) {
        this.timeBegin = valueBegin;
        this.timeEnd = valueEnd;
        this.cutBegin = isLast ? before : keyBegin;
        this.cutEnd = isLast ? valueEnd : at;
      }
      if (isLast) {
        this.last = node;
        return bytes[at] === closeBrace ? at + 1 : -1;
      }
      before = valueEnd;
    }
  }

  /** The node of the key at a place. */
  private follow(node: KeyNode, at: number, depth: number): KeyNode | undefined {
    const { bytes, view } = this;
    for (let next = node.next; next !== undefined; next = next.other) {
      const { words, lastMask } = next;
      const last = words.length - 1;
      // Behind a key there is more of its line.
      if (at + 4 * words.length > view.byteLength) return undefined;
      let index = 0;
      while (index < last && words[index] === view.getInt32(at + 4 * index, true)) index += 1;
      if (index === last && words[last] === (view.getInt32(at + 4 * last, true) & lastMask)) {
        return next;
      }
    }
    if (bytes[at] !== quote) return undefined;
    const end = this.string(at + 1);
    return end < 0 ? undefined : this.tree.add(node, bytes.subarray(at, end), depth === 0);
  }

  /** The place behind the value at a place. */
  private value(at: number, owner: KeyNode, depth: number): number {
    const { bytes } = this;
    switch (bytes[at]) {
      case quote:
        return this.string(at + 1);
      case openBrace:
        return depth >= deepest ? -1 : this.object(at + 1, this.tree.innerOf(owner), depth + 1);
      case openBracket:
        return depth >= deepest ? -1 : this.list(at + 1, owner, depth + 1);
      case 0x74:
        return this.word(at, 0x72, 0x75, 0x65);
      case 0x6e:
        return this.word(at, 0x75, 0x6c, 0x6c);
      case 0x66:
        return bytes[at + 1] === 0x61 ? this.word(at + 1, 0x6c, 0x73, 0x65) : -1;
      default:
        return this.number(at);
    }
  }

  private list(from: number, owner: KeyNode, depth: number): number {
    const { bytes } = this;
    let at = this.skipBlanks(from);
    if (bytes[at] === closeBracket) return at + 1;
    for (;;) {
      at = this.value(at, owner, depth);
      if (at < 0) return -1;
      at = this.skipBlanks(at);
      const byte = bytes[at];
      at += 1;
      if (byte === closeBracket) return at;
      if (byte !== comma) return -1;
      at = this.skipBlanks(at);
    }
  }

  /** Three more letters of `true`, `null` or `false`. */
  private word(at: number, second: number, third: number, fourth: number): number {
    const { bytes } = this;
    return bytes[at + 1] === second && bytes[at + 2] === third && bytes[at + 3] === fourth
      ? at + 4
      : -1;
  }

  /** The place behind the string whose text begins at a place. */
  private string(from: number): number {
    const { bytes } = this;
    let at = from;
    for (;;) {
      at = endOfText(this.view, bytes, at);
      if (bytes[at] === quote) return at + 1;
      if (bytes[at] !== backslash) return -1;
      at = this.escape(at + 1);
      if (at < 0) return -1;
    }
  }

  /** The place behind an escape, from the byte behind the backslash on. */
  private escape(at: number): number {
    const { bytes } = this;
    if (isShortEscape[bytes[at] as number] === 1) return at + 1;
    // Of the others, control characters only: \u00, and two digits.
    if (bytes[at] !== 0x75 || bytes[at + 1] !== zero || bytes[at + 2] !== zero) return -1;
    const digits = bytes.toString('latin1', at + 3, at + 5);
    return /^(?:0[0-7bef]|1[0-9a-f])$/.test(digits) ? at + 5 : -1;
  }

  private number(begin: number): number {
    const { bytes } = this;
    const wholeBegin = bytes[begin] === minus ? begin + 1 : begin;
    let at = wholeBegin;
    while (isDigit[bytes[at] as number] === 1) at += 1;
    const whole = at - wholeBegin;
    const startsWithZero = bytes[wholeBegin] === zero;
    if (whole === 0 || (startsWithZero && whole > 1)) return -1;
    if (isInNumber[bytes[at] as number] === 0) {
      return whole > mostDigits || (startsWithZero && wholeBegin > begin) ? -1 : at;
    }
    if (bytes[at] !== dot) return this.oddNumber(begin);
    at += 1;
    while (isDigit[bytes[at] as number] === 1) at += 1;
    const isPlain =
      isInNumber[bytes[at] as number] === 0 &&
      at - wholeBegin <= exactDigits + 1 &&
      bytes[at - 1] !== zero &&
      bytes[at - 1] !== dot &&
      // 0.01 and more: from 0.000001 on downwards there is an exponent.
      !(startsWithZero && bytes[wholeBegin + 2] === zero && bytes[wholeBegin + 3] === zero);
    return isPlain ? at : this.oddNumber(begin);
  }

  /** A number with an exponent, or many digits: printing it tells. */
  private oddNumber(begin: number): number {
    const { bytes } = this;
    let at = begin;
    while (isInNumber[bytes[at] as number] === 1) at += 1;
    const text = bytes.toString('latin1', begin, at);
    const value = Number(text);
    return value < unsafe && value > -unsafe && String(value) === text ? at : -1;
  }

  private skipBlanks(from: number): number {
    const { bytes } = this;
    let at = from;
    while (isBlank[bytes[at] as number] === 1) at += 1;
    if (at > from) this.hasBlanks = true;
    return at;
  }
}
