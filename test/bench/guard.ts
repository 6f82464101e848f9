/** What the CPU time of a job was, in times of its floor's, and how it was measured. */
export interface Recorded {
  readonly events: number;
  readonly rounds: number;
  readonly ratios: Readonly<Record<string, number>>;
}

/** A ratio may be so many times what was recorded. */
export const slack = 1.5;

/** What is wrong with the ratios of one run, one line each; a job that was not recorded is a fault too. */
export function judgeRatios(
  recorded: Readonly<Record<string, number>>,
  seen: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(seen).flatMap(([job, ratio]) => {
    const before = recorded[job];
    if (before === undefined) return [`${job}: no ratio was recorded`];
    if (ratio <= before * slack) return [];
    const times = (ratio / before).toFixed(2);
    return [`${job}: ${ratio.toFixed(2)} times the floor, ${times} times the recorded ${before}`];
  });
}
