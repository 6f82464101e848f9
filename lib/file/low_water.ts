/** Bytes of a source that were emitted as one batch. */
export interface Segment {
  readonly begin: number;
  readonly end: number;
  /** Tells the bytes just before `end`. */
  readonly check: number;
  readonly state: 'open' | 'done' | 'failed';
}

interface OwnSegment {
  readonly begin: number;
  readonly end: number;
  readonly check: number;
  state: 'open' | 'done' | 'failed';
}

/**
 * Keeps account of what was emitted of a source, in order: all below the low-water mark is settled for good;
 * above it lie segments that are open, done or failed. A failed one is emitted again with the very same bounds,
 * so that a store which took it after all can tell.
 */
export class LowWater {
  readonly #segments: OwnSegment[] = [];
  #low: number;
  #check: number;
  #openCount = 0;
  #failedCount = 0;

  constructor(low: number, check: number) {
    this.#low = low;
    this.#check = check;
  }

  get low(): number {
    return this.#low;
  }

  /** Tells the bytes just before the low-water mark. */
  get check(): number {
    return this.#check;
  }

  /** Segments above the low-water mark. */
  get length(): number {
    return this.#segments.length;
  }

  /** Segments that have been emitted and not settled. */
  get openCount(): number {
    return this.#openCount;
  }

  get hasFailed(): boolean {
    return this.#failedCount > 0;
  }

  /** Enters the segment that begins where the last one ends. */
  open(begin: number, end: number, check: number): Segment {
    const segment: OwnSegment = { begin, end, check, state: 'open' };
    this.#segments.push(segment);
    this.#openCount += 1;
    return segment;
  }

  /** A segment was settled well. Gives whether the low-water mark rose. */
  done(segment: Segment): boolean {
    const own = this.#leaveOpen(segment);
    if (own === undefined) return false;
    own.state = 'done';
    const before = this.#low;
    for (let first = this.#segments[0]; first?.state === 'done'; first = this.#segments[0]) {
      this.#low = first.end;
      this.#check = first.check;
      this.#segments.shift();
    }
    return this.#low > before;
  }

  /** A segment must be emitted again. */
  fail(segment: Segment): void {
    const own = this.#leaveOpen(segment);
    if (own === undefined) return;
    own.state = 'failed';
    this.#failedCount += 1;
  }

  /** The lowest failed segment. */
  get firstFailed(): Segment | undefined {
    return this.#segments.find((segment) => segment.state === 'failed');
  }

  /** A failed segment is emitted again. */
  reopen(segment: Segment): void {
    const own = this.#segments.find((each) => each === segment);
    if (own?.state !== 'failed') return;
    own.state = 'open';
    this.#failedCount -= 1;
    this.#openCount += 1;
  }

  #leaveOpen(segment: Segment): OwnSegment | undefined {
    const own = this.#segments.find((each) => each === segment);
    if (own?.state !== 'open') return undefined;
    this.#openCount -= 1;
    return own;
  }
}
