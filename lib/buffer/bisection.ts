import { MillraceError, type Rejection } from '../error.ts';
import { type Range, type Rest, restOf } from './rest.ts';

/** How the write of a part ended: it was refused as a whole, or delivered but for some of its entries. */
export type PartOutcome = Range &
  ({ readonly refused: string } | { readonly rejected: readonly Rejection[] });

/**
 * The search for the entries that make an output refuse a chunk: what is refused is halved and both halves are
 * written, the first one first, until the entries to blame stand alone. It takes the same way for the same
 * outcomes, so that a list of them brings it back to where it was.
 */
export class Bisection {
  /** What is to be written yet, in order from the last to the first. */
  readonly #open: Range[];
  readonly #count: number;
  readonly #writesLimit: number;
  readonly #rejected: Rejection[] = [];
  #writes = 0;
  #rest: Rest | undefined;

  /** Of a chunk of `count` entries; after `writesLimit` writes, what is refused is not halved any more, and the search ends. */
  constructor(count: number, writesLimit: number) {
    this.#count = count;
    this.#open = [{ first: 0, end: count }];
    this.#writesLimit = writesLimit;
  }

  /** The part that is to be written next; undefined when every entry is decided on, or the search has been given up. */
  get next(): Range | undefined {
    return this.#isGivenUp ? undefined : this.#open.at(-1);
  }

  /** What is not delivered: refused, or not decided on. */
  get rest(): Rest {
    this.#rest ??= restOf(this.#rejected, this.#open);
    return this.#rest;
  }

  /** Why the rest cannot be delivered, once the search is over. */
  get verdict(): MillraceError {
    const { count } = this.rest;
    const reason = this.#rejected[0]?.reason ?? 'for no reason given';
    const only = `${count} of ${this.#count} entries ${count === 1 ? 'was' : 'were'} refused: ${reason}`;
    const message = this.#isGivenUp
      ? `${only} (after ${this.#writes} writes it was not looked for more entries to blame)`
      : only;
    return new MillraceError('MR_UNRECOVERABLE', message);
  }

  /** Takes down how the write of `next` ended; false when it is not about that. */
  apply(outcome: PartOutcome): boolean {
    const { next } = this;
    const { first, end } = outcome;
    if (next === undefined || first !== next.first || end !== next.end) return false;
    this.#rest = undefined;
    this.#writes += 1;
    if ('rejected' in outcome) {
      this.#open.pop();
      this.#rejected.push(...outcome.rejected);
    } else if (end - first <= 1) {
      this.#open.pop();
      this.#rejected.push({ index: first, reason: outcome.refused });
    } else if (!this.#isGivenUp) {
      const middle = first + Math.ceil((end - first) / 2);
      this.#open.splice(-1, 1, { first: middle, end }, { first, end: middle });
    }
    return true;
  }

  get #isGivenUp(): boolean {
    return this.#writes >= this.#writesLimit && this.#open.length > 0;
  }
}
