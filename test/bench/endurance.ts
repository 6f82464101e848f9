import { blockMeans, trendOf } from './statistics.ts';

/** What a process held at a moment. */
export interface Holding {
  readonly seconds: number;
  readonly megabytes: number;
  readonly openFiles: number;
  readonly threads: number;
}

/** How one of them went. */
export interface Course {
  readonly what: string;
  /** By hour, with what the noise leaves open. */
  readonly slope: number;
  readonly noise: number;
  /** From the first to the last moment that counts, as the slope has it. */
  readonly rise: number;
  readonly grows: boolean;
}

const blocks = 12;
/** The first part of the time warms up: the heap takes its size, code is compiled. */
const warmUpPart = 0.25;

/** What is told of each: below `least`, a rise is no growth however steady it is. */
const kinds = [
  { what: 'MB RSS', of: ({ megabytes }: Holding) => megabytes, least: 3 },
  { what: 'open files', of: ({ openFiles }: Holding) => openFiles, least: 3 },
  { what: 'threads', of: ({ threads }: Holding) => threads, least: 0.5 },
] as const;

/** The courses of all that was sampled, without the warm-up. */
export function coursesOf(samples: readonly Holding[]): Course[] {
  const start = (samples.at(-1)?.seconds ?? 0) * warmUpPart;
  const counted = samples.filter(({ seconds }) => seconds >= start);
  const hours = ((counted.at(-1)?.seconds ?? 0) - (counted[0]?.seconds ?? 0)) / 3600;
  return kinds.map(({ what, of, least }) => {
    const points = counted.map((sample) => [sample.seconds / 3600, of(sample)] as const);
    const { slope, noise } = trendOf(blockMeans(points, blocks));
    const rise = slope * hours;
    return { what, slope, noise, rise, grows: slope > noise && rise > least };
  });
}
