import { MillraceError } from '../error.ts';

/** Why a batch did not get through a stream that somebody closed. */
export function closedError(id: string): MillraceError {
  return new MillraceError('MR_STOPPED', `the stream of \`${id}\` was closed`);
}
