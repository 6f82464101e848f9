import assert from 'node:assert/strict';
import { Retry } from '../../lib/buffer/retry.ts';
import type { GoldenCase } from './adaptor.ts';
import { planOfCase } from './buffer_case.ts';

interface RetryCase {
  readonly config: Readonly<Record<string, string>>;
  readonly secondary: boolean;
  readonly max_retries_listed: number;
}

/** Fails every attempt at once, and lists when the next ones come. */
export default function retrySchedule(golden: GoldenCase): void {
  const input = golden.in as unknown as RetryCase;
  if (golden.error !== undefined) assert.throws(() => schedule(input));
  else assert.deepEqual(schedule(input), golden.out);
}

function schedule({ config, secondary, max_retries_listed: limit }: RetryCase): unknown {
  const { options } = planOfCase({ arg: '', attrs: config });
  const retry = new Retry(options, 0, secondary, () => 0.5);
  const retries: unknown[] = [];
  let nowMs = 0;
  while (!retry.isOverAt(nowMs)) {
    if (retries.length === limit) return { retries, gives_up_after_attempts: null };
    const beforeMs = nowMs;
    nowMs = retry.nextMs;
    retries.push({
      wait: seconds(nowMs - beforeMs),
      at: seconds(nowMs),
      secondary: retry.isSecondaryAt(nowMs),
    });
    retry.fail(nowMs);
  }
  return { retries, gives_up_after_attempts: retries.length + 1 };
}

/** As the suite rounds. */
function seconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}
