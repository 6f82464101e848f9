import { bytesBelow, bytesOfLines, describeTally, tallyFolder } from './tally.ts';
import { until } from './waiting.ts';

/** Waits until the lines 1 to `count` are in the files of a folder; a complaint when they do not come. */
export async function arrival(
  folder: string,
  count: number,
  deadlineMs: number,
): Promise<readonly string[]> {
  const bytes = bytesOfLines(count);
  const isThere = (): boolean =>
    bytesBelow(folder) >= bytes && tallyFolder(folder, count).missing.length === 0;
  try {
    await until('lines are missing', deadlineMs, isThere);
    return [];
  } catch {
    return [`after ${deadlineMs} ms: ${describeTally(tallyFolder(folder, count))}`];
  }
}
