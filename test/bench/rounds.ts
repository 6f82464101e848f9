import type { Job } from './jobs.ts';
import { type Bench, runJob } from './run_job.ts';
import { median } from './statistics.ts';
import type { Subject } from './subjects.ts';
import type { Figures } from './trial.ts';

/** What a subject needed for a job: medians over the rounds. */
export interface Result {
  readonly job: string;
  readonly subject: string;
  readonly cpuSecondsAMillion: number;
  readonly eventsASecond: number;
  readonly peakMegabytes: number;
  /** CPU time in times of the floor's of the same round; the floor's own is 1. */
  readonly ratio: number | undefined;
  /** CPU time and throughput in times of what `os` had in the same round. */
  readonly cpuToOs: number | undefined;
  readonly throughputToOs: number | undefined;
}

/** Runs a job in turns, so that what else the machine does meets every subject. */
export async function runRounds(
  job: Job,
  subjects: readonly Subject[],
  rounds: number,
  bench: Bench,
  report: (text: string) => void,
): Promise<Result[]> {
  const runs = new Map<string, Figures[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const subject of subjects) {
      const figures = await runJob(job, subject, bench);
      runs.get(subject.name)?.push(figures);
      const { cpuSeconds, seconds } = figures;
      report(
        `${job.name} ${subject.name} round ${round}: ${cpuSeconds.toFixed(2)} s CPU in ${seconds.toFixed(2)} s`,
      );
    }
  }
  return subjects.map(({ name }) => resultOf(job.name, name, runs));
}

function resultOf(job: string, subject: string, all: ReadonlyMap<string, Figures[]>): Result {
  const runs = all.get(subject) ?? [];
  const against = (other: string, measureOf: (figures: Figures) => number): number | undefined => {
    const others = all.get(other);
    if (others === undefined) return undefined;
    const ratios = runs.flatMap((figures, round) => {
      const opposite = others[round];
      return opposite === undefined ? [] : measureOf(figures) / measureOf(opposite);
    });
    return median(ratios);
  };
  return {
    job,
    subject,
    cpuSecondsAMillion: median(runs.map(cpuSecondsAMillion)),
    eventsASecond: median(runs.map(eventsASecond)),
    peakMegabytes: median(runs.map(({ peakBytes }) => peakBytes / 1e6)),
    ratio: against('floor', cpuSecondsAMillion),
    cpuToOs: subject === 'floor' ? undefined : against('os', cpuSecondsAMillion),
    throughputToOs: subject === 'floor' ? undefined : against('os', eventsASecond),
  };
}

function cpuSecondsAMillion({ cpuSeconds, events }: Figures): number {
  return (cpuSeconds / events) * 1e6;
}

function eventsASecond({ seconds, events }: Figures): number {
  return events / seconds;
}
