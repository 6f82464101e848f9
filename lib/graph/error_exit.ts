import type { EntryFailure, FailureTaker } from '../buffer/direct_sink.ts';
import { entriesBatch } from '../codec/batch.ts';
import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import type { Log } from '../log.ts';
import type { Counter } from '../metric/metric.ts';
import type { Door } from './door.ts';

/** Keeps entries for which there is nowhere else to go. */
export interface LastResort {
  /** Resolves when the entries are safe. */
  keep(batch: EventBatch, failures: readonly EntryFailure[]): Promise<void>;
}

/** What an error exit is made of. */
export interface ErrorExitSetup {
  /** The `@ERROR` label; undefined where there is none, and at or below `@ERROR` itself. */
  readonly door: Door | undefined;
  readonly lastResort: LastResort;
  readonly log: Log;
  readonly errors: Counter;
  /** Is told first; it must neither throw nor wait. */
  readonly onFailure?: ((batch: EventBatch, failures: readonly EntryFailure[]) => void) | undefined;
}

/** The edge to `@ERROR` that every label has. Where it would lead in a circle, entries become dead letters. */
export class ErrorExit implements FailureTaker {
  readonly #setup: ErrorExitSetup;

  constructor(setup: ErrorExitSetup) {
    this.#setup = setup;
  }

  /** Takes over a batch of failed entries, one failure for each. As a door's `offer`. */
  offer(batch: EventBatch, failures: readonly EntryFailure[]): Promise<void> | undefined {
    const { door, errors, log, onFailure } = this.#setup;
    errors.add(batch.count);
    onFailure?.(batch, failures);
    const [first] = failures;
    log.warn('events could not be processed', {
      tag: batch.tag,
      count: batch.count,
      plugin: first?.stageId,
      error: first?.cause,
      to: door === undefined ? 'dead letters' : '@ERROR',
    });
    if (door !== undefined) return door.offer(batch);
    return this.#bury(batch, failures);
  }

  /** The same for a batch whose entries all failed for one reason. */
  offerAll(batch: EventBatch, failure: EntryFailure): Promise<void> | undefined {
    return this.offer(
      batch,
      Array.from({ length: batch.count }, () => failure),
    );
  }

  /** The same for one entry that a plugin reports by itself. */
  emit(stageId: string, tag: string, entry: Entry, cause: Error): void {
    this.offer(entriesBatch(tag, [entry]), [{ stageId, cause }]);
  }

  async #bury(batch: EventBatch, failures: readonly EntryFailure[]): Promise<void> {
    try {
      await this.#setup.lastResort.keep(batch, failures);
      batch.delivery.ack();
    } catch (thrown) {
      this.#setup.log.error('dead letters could not be written', { tag: batch.tag, error: thrown });
      batch.delivery.nack(toError(thrown));
    }
  }
}
