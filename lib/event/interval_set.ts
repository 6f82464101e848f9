/** A set of numbers as half-open intervals `[begin, end)`, merged where they touch. */
export class IntervalSet {
  /** begin, end, begin, end, ...: ascending, no two equal. */
  readonly #bounds: number[];

  /** `bounds` are begins and ends in turn, strictly ascending. */
  constructor(bounds: readonly number[] = []) {
    this.#bounds = [...bounds];
  }

  /** Begins and ends in turn, ascending. */
  get bounds(): readonly number[] {
    return this.#bounds;
  }

  /** How many intervals there are. */
  get size(): number {
    return this.#bounds.length / 2;
  }

  /** Whether all of `[begin, end)` is in the set. */
  covers(begin: number, end: number): boolean {
    const index = this.#countUpTo(begin);
    return index % 2 === 1 && end <= (this.#bounds[index] ?? Number.NEGATIVE_INFINITY);
  }

  add(begin: number, end: number): void {
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    // Sources go on where they stopped: nearly every interval extends the last one.
    if (last > 0 && begin === bounds[last]) {
      bounds[last] = end;
      return;
    }
    const from = this.#countBelow(begin);
    const to = this.#countUpTo(end);
    const merged: number[] = [];
    if (from % 2 === 0) merged.push(begin);
    if (to % 2 === 0) merged.push(end);
    bounds.splice(from, to - from, ...merged);
  }

  remove(begin: number, end: number): void {
    const from = this.#countBelow(begin);
    const to = this.#countUpTo(end);
    const left: number[] = [];
    if (from % 2 === 1) left.push(begin);
    if (to % 2 === 1) left.push(end);
    this.#bounds.splice(from, to - from, ...left);
  }

  /** Forgets everything below `low`. */
  removeBelow(low: number): void {
    const first = this.#bounds[0];
    if (first !== undefined && first < low) this.remove(first, low);
  }

  /** How many bounds are less than `value`. */
  #countBelow(value: number): number {
    return this.#search((bound) => bound < value);
  }

  /** How many bounds are not greater than `value`. */
  #countUpTo(value: number): number {
    return this.#search((bound) => bound <= value);
  }

  #search(isBefore: (bound: number) => boolean): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#bounds[middle] ?? Number.POSITIVE_INFINITY)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
