/** So many values are kept as they are; beyond, they are counted in buckets. */
const exactCount = 4096;
/** Neighbouring buckets are so far apart that a value is known within 1 %. */
const growth = Math.log(1.01 / 0.99);
/** What is nearer to 0 is 0: it bounds the number of buckets. */
const smallest = 1e-12;

/**
 * Quantiles of numbers in bounded memory: exact up to 4096 numbers, within 1 % of the value beyond. (The buckets
 * grow by a constant factor, as in DDSketch: Masson, Rim, Lee, VLDB 2019.)
 */
export class QuantileSketch {
  #values: number[] | undefined = [];
  #count = 0;
  /** Counts by the buckets of absolute values. */
  readonly #negative = new Map<number, number>();
  readonly #positive = new Map<number, number>();
  #zeros = 0;

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    this.#count += 1;
    if (this.#values === undefined) this.#addToBucket(value);
    else if (this.#values.push(value) > exactCount) {
      for (const each of this.#values) this.#addToBucket(each);
      this.#values = undefined;
    }
  }

  /** The least of the numbers that `share` (0 to 1) of all do not exceed; undefined when there is none. */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    if (this.#values === undefined) return this.#fromBuckets(rank);
    return this.#values.toSorted((one, other) => one - other)[rank - 1];
  }

  #addToBucket(value: number): void {
    const size = Math.abs(value);
    if (size < smallest) {
      this.#zeros += 1;
      return;
    }
    const buckets = value < 0 ? this.#negative : this.#positive;
    const bucket = Math.ceil(Math.log(size) / growth);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }

  #fromBuckets(rank: number): number {
    let below = 0;
    for (const [bucket, count] of [...this.#negative].sort(([one], [other]) => other - one)) {
      below += count;
      if (below >= rank) return -middleOf(bucket);
    }
    below += this.#zeros;
    if (below >= rank) return 0;
    let last = 0;
    for (const [bucket, count] of [...this.#positive].sort(([one], [other]) => one - other)) {
      below += count;
      last = middleOf(bucket);
      if (below >= rank) break;
    }
    return last;
  }
}

/** The number from which both ends of a bucket are 1 % away. */
function middleOf(bucket: number): number {
  return (2 * Math.exp(bucket * growth)) / (1 + Math.exp(growth));
}
