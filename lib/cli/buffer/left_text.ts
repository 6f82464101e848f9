import type { Left } from '../../buffer/repair/report.ts';
import { shownText } from '../figures.ts';

/** What a person must decide about, a line each. */
export function leftText(left: readonly Left[]): string {
  return left
    .map(({ name, reason }) => `left: ${shownText(name)}: ${shownText(reason)}\n`)
    .join('');
}
