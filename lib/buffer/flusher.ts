import { type Clock, delay, sharedAbort, type Timer } from '../clock.ts';
import {
  isUnrecoverable,
  MillraceError,
  type Rejection,
  rejectionsOf,
  toError,
  Unrecoverable,
} from '../error.ts';
import type { Log } from '../log.ts';
import type { Output, Receipt } from '../plugin/contract.ts';
import type { PartOutcome } from './bisection.ts';
import type { Bisector } from './bisector.ts';
import type { BufferedChunk } from './buffered_chunk.ts';
import type { ChunkQueue } from './chunk_queue.ts';
import { ChunkView } from './chunk_view.ts';
import type { Ledger } from './ledger.ts';
import type { BufferMeters } from './meters.ts';
import type { Mortuary } from './mortuary.ts';
import type { BufferPlan } from './options.ts';
import type { Templates } from './placeholder.ts';
import type { Purger } from './purger.ts';
import { inChunk, type Range, restOf } from './rest.ts';
import { Retry } from './retry.ts';
import type { ChunkHead } from './store/chunk_head.ts';
import type { ChunkStore } from './store/chunk_store.ts';

/** What a flusher works with. */
export interface FlusherSetup {
  readonly id: string;
  readonly options: BufferPlan['options'];
  readonly output: Output;
  readonly secondary: Output | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly store: ChunkStore;
  readonly ledger: Ledger;
  readonly queue: ChunkQueue;
  readonly templates: Templates;
  readonly mortuary: Mortuary;
  readonly purger: Purger;
  readonly bisector: Bisector;
  readonly meters: BufferMeters;
  readonly onReceipt: (receipt: Receipt) => Promise<void> | void;
  /** Events of a chunk turned out to be damaged or gone. */
  readonly onLost: (chunk: BufferedChunk, count: number) => void;
  /** A chunk has left the queue. */
  readonly onTaken: () => void;
}

/** What is written to whom. */
interface Attempt {
  readonly target: Output;
  readonly isSecondary: boolean;
  /** Undefined: all of the chunk. */
  readonly ranges: readonly Range[] | undefined;
  /** The part that the bisection asks for, if it does. */
  readonly part: Range | undefined;
}

/** After so many failures in a row the fault is the destination's, not the chunks'. */
const patience = 3;
const longestPauseMs = 10_000;
const buryAgainMs = 30_000;

/** Delivers chunks off the queue, so many at a time, each with a retry state of its own. */
export class Flusher {
  readonly #setup: FlusherSetup;
  readonly #abort = sharedAbort();
  readonly #opened = new Map<Output, Promise<void>>();
  readonly #idleWaiters: (() => void)[] = [];
  #state: 'stopped' | 'running' | 'draining' = 'stopped';
  #active = 0;
  #failuresInARow = 0;
  #pause: Timer | undefined;

  constructor(setup: FlusherSetup) {
    this.#setup = setup;
  }

  /** Whether it was told to give up. */
  get isAborted(): boolean {
    return this.#abort.signal.aborted;
  }

  start(): void {
    this.#state = 'running';
    this.pump();
  }

  /** Takes chunks off the queue as long as there are workers for them. */
  pump(): void {
    const { options, queue, onTaken } = this.#setup;
    while (
      this.#state !== 'stopped' &&
      this.#pause === undefined &&
      this.#active < options.flushThreadCount
    ) {
      const chunk = queue.take();
      if (chunk === undefined) break;
      this.#active += 1;
      onTaken();
      void this.#flush(chunk);
    }
  }

  /** Delivers what is ready without any pause; what fails is not tried again. Resolves when nothing is ready any more. */
  drain(): Promise<void> {
    if (!this.isAborted) this.#state = 'draining';
    this.#endPause();
    this.pump();
    return this.#idle();
  }

  /** Takes no more chunks; resolves when those that are being delivered are through. */
  stop(): Promise<void> {
    this.#state = 'stopped';
    this.#endPause();
    return this.#idle();
  }

  /** Tells those that are being delivered to give up. */
  abort(): void {
    this.#state = 'stopped';
    this.#abort.abort(new MillraceError('MR_STOPPED', 'the output is being closed'));
  }

  #idle(): Promise<void> {
    if (this.#active === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async #flush(chunk: BufferedChunk): Promise<void> {
    const { clock, log, options, queue } = this.#setup;
    chunk.state = 'flushing';
    try {
      await this.#deliver(chunk);
    } catch (error) {
      log.error(`chunk ${chunk.stored.id} cannot be made ready or read`, { error });
      this.#rest(chunk, options.retryWait);
    }
    const { flushThreadBurstInterval: pauseMs } = options;
    if (pauseMs > 0 && queue.readyCount > 0 && this.#state === 'running') {
      await delay(clock, pauseMs, this.#abort.signal);
    }
    this.#active -= 1;
    this.pump();
    if (this.#active === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  async #deliver(chunk: BufferedChunk): Promise<void> {
    const { bisector, ledger, meters, purger, store } = this.#setup;
    const { stored } = chunk;
    const head = await store.prepare(stored);
    ledger.update(chunk);
    if (stored.lostCount > 0) this.#setup.onLost(chunk, stored.lostCount);
    if (head === undefined || stored.count === 0) return purger.add(chunk);
    if (chunk.verdict !== undefined) return this.#bury(chunk, head, chunk.verdict);
    if (this.#abort.signal.aborted) return this.#setup.queue.push(chunk);
    await bisector.resume(chunk);
    const attempt = this.#attemptAt(chunk);
    if (attempt instanceof MillraceError) return this.#bury(chunk, head, attempt);
    meters.attempts.add();
    let rejected: readonly Rejection[] | undefined;
    let cause: unknown;
    try {
      await this.#write(chunk, head, attempt);
    } catch (thrown) {
      cause = thrown;
      rejected = rejectionsOf(thrown);
      if (rejected === undefined) return this.#failed(chunk, head, toError(thrown), attempt);
    }
    const { part, ranges = [{ first: 0, end: stored.count }] } = attempt;
    const refused = inChunk(rejected ?? [], ranges);
    if (part !== undefined) return this.#decided(chunk, { ...part, rejected: refused });
    if (rejected === undefined) return this.#delivered(chunk, head, stored.count);
    chunk.refused = restOf(refused);
    return this.#bury(chunk, head, toError(cause));
  }

  /** Who gets what of a chunk now; why nobody does, when nobody is left. */
  #attemptAt(chunk: BufferedChunk): Attempt | MillraceError {
    const { clock, output, secondary } = this.#setup;
    const { bisection } = chunk;
    const part = bisection?.next;
    const isLate = chunk.retry?.isSecondaryAt(clock.monotonicMs()) ?? false;
    const isOver = bisection !== undefined && part === undefined;
    if (isOver && (secondary === undefined || bisection.rest.count === 0)) return bisection.verdict;
    if (secondary !== undefined && (isOver || isLate || chunk.isForSecondary)) {
      return {
        target: secondary,
        isSecondary: true,
        ranges: bisection?.rest.ranges,
        part: undefined,
      };
    }
    return { target: output, isSecondary: false, ranges: part && [part], part };
  }

  async #write(chunk: BufferedChunk, head: ChunkHead, attempt: Attempt): Promise<void> {
    const { target, ranges } = attempt;
    const { store, templates } = this.#setup;
    const { attempts, stored } = chunk;
    if (head.isFormatted && target.format === undefined) {
      throw new Unrecoverable(
        'the chunk holds text of another format, and the output takes entries only',
        { refusesParts: true },
      );
    }
    await this.#open(target);
    const view = new ChunkView({ stored, head, store, templates, attempts, target, ranges });
    await target.write(view, this.#abort.signal);
  }

  /** An output is opened before its first chunk, and again before the next one when that failed. */
  #open(target: Output): Promise<void> {
    const known = this.#opened.get(target);
    if (known !== undefined) return known;
    const opening = Promise.resolve(target.open?.(this.#abort.signal)).catch((error) => {
      this.#opened.delete(target);
      throw error;
    });
    this.#opened.set(target, opening);
    return opening;
  }

  async #delivered(chunk: BufferedChunk, head: ChunkHead, count: number): Promise<void> {
    const { clock, id, log, meters, onReceipt, purger } = this.#setup;
    this.#failuresInARow = 0;
    meters.deliveredChunks.add();
    meters.deliveredEvents.add(count);
    const receipt: Receipt = {
      outputId: id,
      chunkId: chunk.stored.id,
      tag: head.tag,
      count,
      bytes: chunk.stored.contentBytes,
      attempts: chunk.attempts + 1,
      latencyMs: clock.monotonicMs() - chunk.bornMs,
    };
    if (chunk.attempts > 0) {
      const { attempts } = receipt;
      log.info('a chunk was delivered at last', { chunk: chunk.stored.id, attempts });
    }
    purger.add(chunk);
    try {
      await onReceipt(receipt);
    } catch (error) {
      log.error('a receipt could not be handed on', { error });
    }
  }

  async #failed(
    chunk: BufferedChunk,
    head: ChunkHead,
    cause: Error,
    { isSecondary, part }: Attempt,
  ): Promise<void> {
    const { bisector, clock, log, meters, options, queue, random, secondary } = this.#setup;
    // What was broken off is as if it had not been tried.
    if (this.#abort.signal.aborted) return queue.push(chunk);
    const nowMs = clock.monotonicMs();
    meters.failures.add();
    chunk.attempts += 1;
    chunk.firstFailedMs ??= clock.nowMs();
    const about = { chunk: chunk.stored.id, attempts: chunk.attempts, error: cause };
    if (isUnrecoverable(cause)) {
      if (!isSecondary && bisector.mayHelp(chunk, head, cause)) {
        if (part === undefined)
          log.warn('a chunk was refused and is divided, to find out why', about);
        const all = { first: 0, end: chunk.stored.count };
        return this.#decided(chunk, { ...(part ?? all), refused: cause.message });
      }
      if (secondary === undefined || isSecondary) return this.#bury(chunk, head, cause);
      log.warn('a chunk can never be delivered and goes to the secondary', about);
      chunk.isForSecondary = true;
      return queue.push(chunk);
    }
    this.#failuresInARow += 1;
    if (chunk.retry === undefined) {
      chunk.retry = new Retry(options, nowMs, secondary !== undefined, random);
    } else chunk.retry.fail(nowMs);
    if (chunk.retry.isOverAt(nowMs)) return this.#bury(chunk, head, cause);
    const restMs = Math.max(0, chunk.retry.nextMs - nowMs);
    log.warn('a chunk could not be delivered and will be tried again', {
      ...about,
      waitMs: Math.round(restMs),
    });
    this.#rest(chunk, restMs);
    this.#pauseAll();
  }

  /** A part of a chunk is through, or refused: the next one waits for its turn behind the other chunks. */
  async #decided(chunk: BufferedChunk, outcome: PartOutcome): Promise<void> {
    this.#failuresInARow = 0;
    // The destination answers: what failed before is no reason to give up sooner.
    chunk.retry = undefined;
    await this.#setup.bisector.note(chunk, outcome);
    this.#setup.queue.push(chunk);
  }

  async #bury(chunk: BufferedChunk, head: ChunkHead, cause: Error): Promise<void> {
    const { mortuary, purger, log } = this.#setup;
    try {
      await mortuary.bury(chunk, head, cause);
    } catch (error) {
      log.error('a dead letter cannot be written; the chunk is kept', { error });
      chunk.verdict = cause;
      return this.#rest(chunk, buryAgainMs);
    }
    const deliveredCount = chunk.stored.count - (chunk.rest?.count ?? chunk.stored.count);
    if (deliveredCount === 0) purger.add(chunk);
    else await this.#delivered(chunk, head, deliveredCount);
  }

  #rest(chunk: BufferedChunk, restMs: number): void {
    // A buffer that is being closed gives each chunk one attempt.
    this.#setup.queue.rest(chunk, this.#state === 'running' ? restMs : undefined);
  }

  /** When one chunk after another fails, trying all of them at once would only hammer on the destination. */
  #pauseAll(): void {
    const excess = this.#failuresInARow - patience;
    if (excess < 0 || this.#state !== 'running' || this.#pause !== undefined) return;
    const { clock, options } = this.#setup;
    const pauseMs = Math.min(options.retryWait * 2 ** excess, longestPauseMs);
    this.#pause = clock.after(pauseMs, () => {
      this.#pause = undefined;
      this.pump();
    });
  }

  #endPause(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
  }
}
