import { Transform } from 'node:stream';
import { toError } from '../error.ts';
import { type EventBatch, isBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import type { Filter } from '../plugin/contract.ts';
import { notABatch } from './batch_error.ts';
import { type FilterStage, runFilters } from './filter_chain.ts';

/** Gets an entry that a stage could not process. What it throws fails the stage's stream. */
export type RefuseEntry = (tag: string, entry: Entry, cause: Error) => void;

/** What a filter's stream is made of. */
export interface FilterStreamSetup {
  readonly id: string;
  /** Called once, before the first batch. */
  readonly make: () => Promise<Filter>;
  readonly refuse: RefuseEntry;
}

/** By hand, whoever wants to count sees every batch go by. */
const uncounted = { add: (): void => {} };

/** A filter as a Node stream: batches in, batches out. An entry that it throws on goes to `refuse`. */
export class FilterStream extends Transform {
  readonly #setup: FilterStreamSetup;
  #stages: readonly FilterStage[] = [];

  constructor(setup: FilterStreamSetup) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#setup = setup;
  }

  override _construct(done: (error?: Error) => void): void {
    const { id, make } = this.#setup;
    make().then((filter) => {
      this.#stages = [{ id, filter, dropped: uncounted, failed: uncounted }];
      done();
    }, done);
  }

  override _transform(
    batch: unknown,
    _encoding: string,
    done: (error?: Error | null, batch?: EventBatch) => void,
  ): void {
    if (!isBatch(batch)) {
      done(notABatch('a filter', batch));
      return;
    }
    const { kept, failures } = runFilters(this.#stages, batch);
    try {
      for (const { entry, cause } of failures) this.#setup.refuse(batch.tag, entry, cause);
    } catch (thrown) {
      const error = toError(thrown);
      batch.delivery.nack(error);
      done(error);
      return;
    }
    if (kept === undefined) done(null, batch);
    else if (kept.length > 0) done(null, batch.with(kept));
    else {
      batch.delivery.ack();
      done();
    }
  }
}
