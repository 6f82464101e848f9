import type { RelayedStamp } from '../event/agent.ts';
import { IntervalSet } from '../event/interval_set.ts';

/** What became of a frame: it came in order, after later ones, or once more. */
export type Arrival = 'new' | 'late' | 'repeated';

/** An account as it is kept and told. Intervals are begins and ends in turn, ascending. */
export interface EpochState {
  /** Of positions below it is not known whether they arrived. */
  readonly since: number;
  /** The source will never again offer a position below. */
  readonly low: number;
  /** The end of the last position that arrived. */
  readonly high: number;
  /** At `low` and above. */
  readonly arrived: readonly number[];
  /** Below `low`: lost, or gone to another receiver. */
  readonly missing: readonly number[];
}

/** Intervals of each sort that an account remembers; the oldest are given up first. */
const intervalLimit = 4096;
const partialLimit = 1024;

/** Which positions of one epoch of a source have arrived. */
export class EpochAccount implements EpochState {
  since: number;
  low: number;
  high: number;
  readonly #arrived: IntervalSet;
  readonly #missing: IntervalSet;
  /** Numbers of the parts that are there, by begin and end: of positions that come in parts, over several ways. */
  readonly #partial = new Map<string, Set<number>>();

  constructor(state: EpochState) {
    this.since = state.since;
    this.low = state.low;
    this.high = state.high;
    this.#arrived = new IntervalSet(state.arrived);
    this.#missing = new IntervalSet(state.missing);
  }

  /** An account that knows nothing of positions below `since`. */
  static from(since: number): EpochAccount {
    return new EpochAccount({ since, low: since, high: since, arrived: [], missing: [] });
  }

  get arrived(): readonly number[] {
    return this.#arrived.bounds;
  }

  get missing(): readonly number[] {
    return this.#missing.bounds;
  }

  /** Positions, or a part of what is there, have arrived. */
  add({ origin, part, parts }: Pick<RelayedStamp, 'origin' | 'part' | 'parts'>): Arrival {
    const { begin, end, low } = origin;
    this.#raise(low);
    if (parts > 1 && !this.#covers(begin, end)) {
      const arrival = this.#addPart(`${begin}-${end}`, part, parts);
      if (arrival !== 'whole') return arrival;
    }
    const isBehind = begin < this.high;
    this.high = Math.max(this.high, end);
    if (end <= this.since) return 'late';
    if (end <= this.low) {
      if (!this.#missing.covers(begin, end)) return 'repeated';
      this.#missing.remove(begin, end);
      return 'late';
    }
    if (this.#arrived.covers(begin, end)) return 'repeated';
    this.#arrived.add(begin, end);
    if (this.#arrived.size > intervalLimit) this.#raise(this.#arrived.bounds[1] ?? 0);
    return isBehind ? 'late' : 'new';
  }

  #covers(begin: number, end: number): boolean {
    if (end <= this.low) return end <= this.since || !this.#missing.covers(begin, end);
    return this.#arrived.covers(begin, end);
  }

  /** A part by itself is no position that has arrived. */
  #addPart(key: string, part: number, parts: number): Arrival | 'whole' {
    const have = this.#partial.get(key) ?? new Set();
    if (have.has(part)) return 'repeated';
    have.add(part);
    this.#partial.set(key, have);
    if (have.size === parts) {
      this.#partial.delete(key);
      return 'whole';
    }
    if (this.#partial.size > partialLimit) {
      for (const oldest of this.#partial.keys()) {
        this.#partial.delete(oldest);
        break;
      }
    }
    return 'new';
  }

  /** What has not arrived below `low` is missing from now on. */
  #raise(low: number): void {
    if (low <= this.low) return;
    const gaps = new IntervalSet([this.low, low]);
    for (const [begin, end] of pairs(this.#arrived.bounds)) gaps.remove(begin, end);
    for (const [begin, end] of pairs(gaps.bounds)) {
      if (begin < low) this.#missing.add(begin, Math.min(end, low));
    }
    this.#arrived.removeBelow(low);
    this.low = low;
    while (this.#missing.size > intervalLimit) {
      const [begin = 0, end = 0] = this.#missing.bounds;
      this.#missing.remove(begin, end);
      this.since = end;
    }
  }
}

/** The intervals of begins and ends in turn. */
export function* pairs(bounds: readonly number[]): Generator<readonly [number, number]> {
  for (let index = 0; index + 1 < bounds.length; index += 2) {
    yield [bounds[index] ?? 0, bounds[index + 1] ?? 0];
  }
}
