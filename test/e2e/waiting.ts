import { setTimeout as wait } from 'node:timers/promises';

/** Resolves once `isSo` holds, looked at every `pauseMs`; rejects after `deadlineMs`, saying `what` did not come. */
export async function until(
  what: string,
  deadlineMs: number,
  isSo: () => boolean | Promise<boolean>,
  pauseMs = 50,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`after ${deadlineMs} ms: ${what}`);
    await wait(pauseMs);
  }
}
