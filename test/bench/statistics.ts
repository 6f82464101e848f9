/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** A straight line through points, and how far its slope may be off. */
export interface Trend {
  readonly slope: number;
  /** The true slope is within so much of `slope`, 19 times of 20. */
  readonly noise: number;
}

/** Two-sided 95 % points of Student's t distribution for few degrees of freedom, then for many. */
const studentT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];
const studentTMany = 2.1;

/** The trend of values over places, by least squares. Needs three points. */
export function trendOf(points: readonly (readonly [place: number, value: number])[]): Trend {
  const places = mean(points.map(([place]) => place));
  const values = mean(points.map(([, value]) => value));
  let spread = 0;
  let common = 0;
  for (const [place, value] of points) {
    spread += (place - places) ** 2;
    common += (place - places) * (value - values);
  }
  const slope = common / spread;
  let rest = 0;
  for (const [place, value] of points) rest += (value - values - slope * (place - places)) ** 2;
  const degrees = points.length - 2;
  const error = Math.sqrt(rest / degrees / spread);
  return { slope, noise: error * (studentT[degrees - 1] ?? studentTMany) };
}

/**
 * The same points in so many blocks, each with the means of its points: what swings within a block, as memory does between
 * two collections, is then no evidence.
 */
export function blockMeans(
  points: readonly (readonly [place: number, value: number])[],
  blocks: number,
): (readonly [place: number, value: number])[] {
  const found = Array.from({ length: blocks }, (_, block) => {
    const from = Math.floor((block * points.length) / blocks);
    return points.slice(from, Math.floor(((block + 1) * points.length) / blocks));
  });
  return found
    .filter((block) => block.length > 0)
    .map((block) => [mean(block.map(([place]) => place)), mean(block.map(([, value]) => value))]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
