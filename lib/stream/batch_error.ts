import { MillraceError, toError } from '../error.ts';

/** What a stream says to somebody who writes something else than a batch; `who` is such as `a filter`. */
export function notABatch(who: string, given: unknown): MillraceError {
  const message = `${who} takes batches of events, not \`${toError(given).message}\``;
  return new MillraceError('MR_EVENT', message);
}
