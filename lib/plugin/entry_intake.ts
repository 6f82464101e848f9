import type { EventBatch } from '../event/batch.ts';
import type { Entry, TaggedEntry } from '../event/entry.ts';
import { freezeEntry } from './user_code.ts';

/**
 * The entries of a stream of batches one by one, each with its tag. A batch is acknowledged when the one behind its
 * last entry is asked for; the source is asked for another one when `passed` has resolved: what came of the last one
 * has gone on.
 */
export class EntryIntake {
  readonly #source: AsyncIterator<EventBatch>;
  readonly #passed: () => Promise<void> | undefined;
  #batch: EventBatch | undefined;
  #entries: readonly Entry[] = [];
  #index = 0;
  #last: TaggedEntry | undefined;

  constructor(source: AsyncIterable<EventBatch>, passed: () => Promise<void> | undefined) {
    this.#passed = passed;
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The entry given last. */
  get last(): TaggedEntry | undefined {
    return this.#last;
  }

  /** The next entry, or undefined at the end. It must not be called again before a promise has resolved. */
  next(): TaggedEntry | undefined | Promise<TaggedEntry | undefined> {
    return this.#nextOfBatch() ?? this.#nextBatch();
  }

  /** The entries of the batch that have not been given; they count as given. */
  giveUp(): readonly TaggedEntry[] {
    const rest: TaggedEntry[] = [];
    for (let next = this.#nextOfBatch(); next !== undefined; next = this.#nextOfBatch()) {
      rest.push(next);
    }
    this.#batch?.delivery.ack();
    return rest;
  }

  #nextOfBatch(): TaggedEntry | undefined {
    const entry = this.#entries[this.#index];
    if (entry === undefined || this.#batch === undefined) return undefined;
    this.#index += 1;
    const { time, record } = freezeEntry(entry);
    this.#last = { time, tag: this.#batch.tag, record };
    return this.#last;
  }

  async #nextBatch(): Promise<TaggedEntry | undefined> {
    for (;;) {
      this.#batch?.delivery.ack();
      this.#batch = undefined;
      await this.#passed();
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#batch = next.value;
      this.#entries = next.value.entries();
      this.#index = 0;
      const entry = this.#nextOfBatch();
      if (entry !== undefined) return entry;
    }
  }
}
