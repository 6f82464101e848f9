import type { Tally } from '../tally.ts';

/** How hard a job is and where it happens. */
export interface JobSetup {
  /** An empty folder. */
  readonly folder: string;
  /** At least so many; as many more as it takes to be busy while processes are killed. */
  readonly lines: number;
  /** How often each process is killed. */
  readonly kills: number;
  readonly seed: number;
  /** For jobs that watch something for a while. */
  readonly seconds: number;
  /** Tells how it goes. */
  readonly report: (text: string) => void;
}

/** What came out of a job: the tally, and what else went wrong. */
export interface JobResult {
  /** Of all lines that were acknowledged, or written to a log. */
  readonly tally: Tally;
  readonly complaints: readonly string[];
}

/** A proof: it runs real processes and counts what arrived. */
export type Job = (setup: JobSetup) => Promise<JobResult>;
