import { type Clock, delay } from '../clock.ts';
import { isUnrecoverable, MillraceError, type Rejection, rejectionsOf, toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';
import { errorOrigin } from '../event/origin.ts';
import { utcZone } from '../event/time_zone.ts';
import type { Log } from '../log.ts';
import type { Chunk, Output, Receipt } from '../plugin/contract.ts';
import { directChunk, type FailedEntry } from './direct_chunk.ts';
import { Templates } from './placeholder.ts';

/** Why one entry could not be processed, and by which plugin. */
export interface EntryFailure {
  readonly stageId: string;
  readonly cause: Error;
}

/** Takes over entries that could not be processed. */
export interface FailureTaker {
  /** One failure for each entry. The batch's delivery will be settled; a promise says when there is room for more. */
  offer(batch: EventBatch, failures: readonly EntryFailure[]): Promise<void> | undefined;
}

/** What a direct sink is made of. */
export interface DirectSetup {
  readonly id: string;
  readonly output: Output;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets the entries that the output will never take. */
  readonly errors: FailureTaker;
  /** 0 <= random() < 1 */
  readonly random: () => number;
  readonly onReceipt: (receipt: Receipt) => Promise<void> | undefined;
}

const keyedByTag = { usesTag: true, usesTime: false, fields: [], zone: utcZone };

/**
 * An output without a buffer: each batch is a chunk of its own, written at once, one after the other. A batch
 * that fails is nacked, and its source may offer it again; what can never be delivered goes to `@ERROR`.
 */
export class DirectSink {
  readonly isBuffer = false;
  readonly #setup: DirectSetup;
  readonly #abort = new AbortController();
  readonly #templates: Templates;
  readonly #unwritten = new Set<EventBatch>();
  #last: Promise<void> = Promise.resolve();
  #isOpen = false;

  constructor(setup: DirectSetup) {
    this.#setup = setup;
    this.#templates = new Templates(keyedByTag, setup.log);
  }

  append(batch: EventBatch): Promise<void> {
    this.#unwritten.add(batch);
    this.#last = this.#last.then(() => this.#write(batch));
    return this.#last;
  }

  flush(): Promise<void> {
    return this.#last;
  }

  /** Waits for what was appended; what is not written by the deadline is nacked and left behind. */
  async close({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    const { clock, log } = this.#setup;
    const written = new AbortController();
    const last = this.#last.then(() => written.abort());
    await Promise.race([last, delay(clock, deadlineMs, written.signal)]);
    written.abort();
    this.#abort.abort();
    if (this.#unwritten.size > 0) log.warn('an output did not finish in time');
    const cause = new MillraceError('MR_STOPPED', 'the output did not take the batch in time');
    for (const batch of this.#unwritten) batch.delivery.nack(cause);
    this.#unwritten.clear();
  }

  async #write(batch: EventBatch): Promise<void> {
    // Whoever closed the sink has nacked it.
    if (!this.#unwritten.has(batch)) return;
    const { output, clock, random } = this.#setup;
    const beganMs = clock.monotonicMs();
    const { chunk, kept, unformatted } = directChunk(batch, output, this.#templates, clock, random);
    const failed = [...unformatted];
    try {
      if (chunk.count > 0) await this.#writeChunk(chunk);
    } catch (thrown) {
      const rejected = rejectionsOf(thrown);
      if (rejected === undefined) return this.#fail(batch, toError(thrown));
      failed.push(...refusedOf(rejected, kept));
    }
    if (!this.#unwritten.delete(batch)) return;
    if (failed.length === 0) batch.delivery.ack();
    else await this.#reject(batch, failed);
    await this.#report(chunk, batch.count - failed.length, beganMs);
  }

  async #writeChunk(chunk: Chunk): Promise<void> {
    const { output } = this.#setup;
    if (!this.#isOpen) await output.open?.(this.#abort.signal);
    this.#isOpen = true;
    await output.write(chunk, this.#abort.signal);
  }

  /** What trying again cannot help goes to `@ERROR` whole; anything else is for the source to offer again. */
  async #fail(batch: EventBatch, cause: Error): Promise<void> {
    if (isUnrecoverable(cause)) {
      if (!this.#unwritten.delete(batch)) return;
      const failed = batch.entries().map((entry) => ({ entry, cause }));
      return this.#reject(batch, failed);
    }
    this.#setup.log.error('an event batch could not be written', { tag: batch.tag, error: cause });
    if (this.#unwritten.delete(batch)) batch.delivery.nack(cause);
  }

  async #reject(batch: EventBatch, failed: readonly FailedEntry[]): Promise<void> {
    const { id, errors } = this.#setup;
    const origin = errorOrigin(batch.origin, `output ${id}`);
    await errors.offer(
      batch.derive({ origin }).with(failed.map(({ entry }) => entry)),
      failed.map(({ cause }) => ({ stageId: id, cause })),
    );
  }

  async #report(chunk: Chunk, count: number, beganMs: number): Promise<void> {
    const { id: outputId, clock, onReceipt } = this.#setup;
    if (count === 0) return;
    const { id: chunkId, tag, sizeBytes: bytes } = chunk;
    const latencyMs = clock.monotonicMs() - beganMs;
    await onReceipt({ outputId, chunkId, tag, count, bytes, attempts: 1, latencyMs });
  }
}

/** The entries that were refused, each once; an index that is none of the chunk's is nobody's. */
function refusedOf(rejected: readonly Rejection[], entries: readonly Entry[]): FailedEntry[] {
  const reasons = new Map(rejected.map(({ index, reason }) => [index, reason]));
  return [...reasons].flatMap(([index, reason]) => {
    const entry = entries[index];
    const cause = new MillraceError('MR_UNRECOVERABLE', reason);
    return entry === undefined ? [] : [{ entry, cause }];
  });
}
