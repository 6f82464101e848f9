/** How a line feed is written: one byte, or the two bytes of a UTF-16 unit that begins at an even place. */
export type LineBreak = 'byte' | 'utf16le' | 'utf16be';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Bytes of one unit of text: lines begin at multiples of it. */
export function unitBytes(lineBreak: LineBreak): number {
  return lineBreak === 'byte' ? 1 : 2;
}

/** The place just after the first line feed at or after `from`, or -1. `from` must be a multiple of the unit. */
export function afterLineFeed(bytes: Buffer, from: number, lineBreak: LineBreak): number {
  if (lineBreak === 'byte') return bytes.indexOf(lineFeed, from) + 1 || -1;
  // In a pair the feed's own byte comes first or second; a byte 0x0a elsewhere is part of another character.
  const place = lineBreak === 'utf16le' ? 0 : 1;
  for (let at = bytes.indexOf(lineFeed, from); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    const begin = at - place;
    if ((at - from) % 2 === place && begin + 1 < bytes.length && bytes[begin + 1 - place] === 0) {
      return begin + 2;
    }
  }
  return -1;
}

/** Lines found in a piece of bytes: where each begins and ends, without its line break. Made to be filled again and again. */
export class LineTable {
  #bounds = new Uint32Array(2048);
  #count = 0;
  #skipped = 0;

  /** Number of lines. */
  get count(): number {
    return this.#count;
  }

  /** Lines that the last `fill` left out because they were too long. */
  get skipped(): number {
    return this.#skipped;
  }

  begin(line: number): number {
    return this.#bounds[2 * line] ?? 0;
  }

  end(line: number): number {
    return this.#bounds[2 * line + 1] ?? 0;
  }

  /**
   * Finds the complete lines from `from` on, up to `most` of them, and returns the place just after the last.
   * Lines of more than `longestBytes`, line break included, are left out and counted.
   */
  fill(
    bytes: Buffer,
    from: number,
    lineBreak: LineBreak,
    most = Number.POSITIVE_INFINITY,
    longestBytes = Number.POSITIVE_INFINITY,
  ): number {
    this.#count = 0;
    this.#skipped = 0;
    const unit = unitBytes(lineBreak);
    let begin = from;
    while (this.#count < most) {
      const after = afterLineFeed(bytes, begin, lineBreak);
      if (after < 0) break;
      if (after - begin > longestBytes) this.#skipped += 1;
      else this.#push(begin, withoutReturn(bytes, begin, after - unit, lineBreak));
      begin = after;
    }
    return begin;
  }

  /** Adds the text between two places as a line, whatever it holds; a carriage return at its end is left out. */
  add(bytes: Buffer, begin: number, end: number, lineBreak: LineBreak): void {
    this.#push(begin, withoutReturn(bytes, begin, end, lineBreak));
  }

  /** Leaves only so many of the lines. */
  cut(count: number): void {
    this.#count = count;
  }

  #push(begin: number, end: number): void {
    if (2 * this.#count === this.#bounds.length) {
      const larger = new Uint32Array(2 * this.#bounds.length);
      larger.set(this.#bounds);
      this.#bounds = larger;
    }
    this.#bounds[2 * this.#count] = begin;
    this.#bounds[2 * this.#count + 1] = end;
    this.#count += 1;
  }
}

function withoutReturn(bytes: Buffer, begin: number, end: number, lineBreak: LineBreak): number {
  if (lineBreak === 'byte') {
    return end > begin && bytes[end - 1] === carriageReturn ? end - 1 : end;
  }
  const place = lineBreak === 'utf16le' ? 0 : 1;
  const isReturn =
    end - begin >= 2 && bytes[end - 2 + place] === carriageReturn && bytes[end - 1 - place] === 0;
  return isReturn ? end - 2 : end;
}
