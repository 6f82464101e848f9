import type { Clock, Timer } from '../clock.ts';
import { MillraceError, toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Origin } from '../event/origin.ts';
import type { Log } from '../log.ts';
import type { BufferedChunk } from './buffered_chunk.ts';
import type { Ledger } from './ledger.ts';
import type { BufferMeters } from './meters.ts';
import { type BufferPlan, bufferLimits } from './options.ts';
import type { OriginTable } from './origin_table.ts';
import { PartFrame, Pending } from './pending.ts';
import type { Repeats } from './repeats.ts';
import type { Part, Splitter } from './split.ts';
import type { Stage } from './stage.ts';
import type { ChunkStore } from './store/chunk_store.ts';
import { type OriginPart, partsLimit, sourceLimitBytes } from './store/frame_origin.ts';

/** What an intake works with. */
export interface IntakeSetup {
  readonly plan: BufferPlan;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ChunkStore;
  readonly stage: Stage;
  readonly ledger: Ledger;
  readonly table: OriginTable;
  readonly repeats: Repeats;
  readonly splitter: Splitter;
  readonly meters: BufferMeters;
  /** Drops the oldest chunk that is not being delivered; false when there is none. */
  readonly dropOldest: () => boolean;
}

/** A batch that is being stored, possibly in several goes. */
interface Job {
  readonly batch: EventBatch;
  readonly origin: Origin | undefined;
  /** Undefined until it is split. */
  parts: readonly Part[] | undefined;
  pending: Pending | undefined;
  /** Parts that are stored already. */
  known: ReadonlySet<number> | undefined;
  next: number;
  finish: () => void;
}

/** Why a job cannot go on: no room, too many files wait for a commit, or the disk refused. */
type Halt = 'full' | 'busy' | 'refused';

/** With more than this not yet safe, callers wait for a commit. */
const unsyncedLimitBytes = 16 * 1024 * 1024;
const refusedPauseMs = 1000;

/** Stores batches, and holds back in their order those that have to wait. */
export class Intake {
  readonly #setup: IntakeSetup;
  readonly #limitBytes: number;
  readonly #action: BufferPlan['options']['overflowAction'];
  readonly #waiting: Job[] = [];
  readonly #roomWaiters: (() => void)[] = [];
  #retryTimer: Timer | undefined;
  #isDraining = false;
  #isRefusing = false;
  #mayWait = true;
  #isClosed = false;
  #isDiskRefusing = false;

  constructor(setup: IntakeSetup) {
    this.#setup = setup;
    this.#limitBytes = bufferLimits(setup.plan).totalLimitBytes;
    this.#action = setup.plan.options.overflowAction;
  }

  get waitingBatches(): number {
    return this.#waiting.length;
  }

  /** Stores a batch, now or later. A promise: there is no room for another one before it resolves. Never throws. */
  append(batch: EventBatch): Promise<void> | undefined {
    if (this.#isRefusing) {
      batch.delivery.nack(new MillraceError('MR_STOPPED', 'the buffer is closed'));
      return undefined;
    }
    const job = newJob(batch);
    if (this.#waiting.length > 0) return this.#hold(job);
    const halt = this.#run(job);
    if (halt === undefined) return this.#room();
    if (this.#isGivenUp(job, halt)) return undefined;
    const held = this.#hold(job);
    this.#wakeAfter(halt);
    return held;
  }

  /** Something has changed: stores what waits, as far as there is room now. */
  drain(): void {
    // Storing acknowledges, and whoever is told may append at once.
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      const halt = this.#run(job);
      if (halt !== undefined && !this.#isGivenUp(job, halt)) {
        this.#wakeAfter(halt);
        break;
      }
      this.#waiting.shift();
      job.finish();
    }
    this.#isDraining = false;
    this.#setup.meters.waitingBatches.set(this.#waiting.length);
    if (this.#roomWaiters.length === 0) return;
    if (this.#isOver() && this.#mayWait) this.#unlock();
    else for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }

  /** Resolves when no batch waits that waits now. */
  emptied(): Promise<void> {
    const last = this.#waiting.at(-1);
    if (last === undefined) return Promise.resolve();
    const { finish } = last;
    return new Promise((resolve) => {
      last.finish = () => {
        finish();
        resolve();
      };
    });
  }

  /** From now on nothing waits for room: what would have to is not stored, and its source is told. */
  refuseWaiting(): void {
    this.#mayWait = false;
    this.drain();
  }

  /** Takes no more; what waits may still be stored. */
  refuseMore(): void {
    this.#isRefusing = true;
  }

  /** What still waits is not stored, and its sources are told. */
  close(): void {
    this.#isRefusing = true;
    this.#isClosed = true;
    this.#retryTimer?.cancel();
    const cause = new MillraceError('MR_STOPPED', 'the buffer was closed before there was room');
    for (const job of this.#waiting.splice(0)) {
      this.#refuse(job, cause);
      job.finish();
    }
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }

  /** Frames that could not be made safe where they lay: each is stored once more; failing that, its batch is refused. */
  rewrite(from: BufferedChunk, frames: readonly PartFrame[], cause: Error): void {
    const { ledger, meters } = this.#setup;
    const { stageKey } = from;
    for (const frame of frames) {
      const { content, count, isCompressed, pending } = frame;
      meters.cutBacks.add();
      from.holders = from.holders.filter((holder) => holder.pending !== pending);
      const mayAgain = stageKey !== undefined && !frame.isRewritten && !this.#isClosed;
      const part = mayAgain ? { ...stageKey, content, count, isCompressed } : undefined;
      const to = part === undefined ? 'refused' : this.#storePart(part, frame.again());
      if (typeof to === 'object') ledger.handOver(from, to);
      else this.lose([frame], cause);
    }
  }

  /** Frames are not stored after all: their batches are refused, and may be offered again. */
  lose(frames: readonly PartFrame[], cause: Error): void {
    const { meters, table } = this.#setup;
    for (const { count, origin, pending } of frames) {
      if (origin !== undefined) table.remove(origin);
      meters.refusedEvents.add(count);
      pending.fail(cause);
    }
  }

  /** Goes on with a job; undefined when it is over, well or not. */
  #run(job: Job): Halt | undefined {
    try {
      if (job.parts === undefined) {
        if (this.#isNothingNew(job)) return undefined;
        if (this.#isOver()) {
          const isRefused = this.#meetLimit(job);
          if (this.#isOver()) return isRefused ? undefined : 'full';
        }
        this.#split(job);
      }
      return this.#storeParts(job);
    } catch (thrown) {
      this.#refuse(job, toError(thrown));
      return undefined;
    }
  }

  /** Whether a batch has nothing to store; then its delivery is seen to. */
  #isNothingNew({ batch, origin }: Job): boolean {
    const { meters, repeats, table } = this.#setup;
    if (batch.count === 0) {
      batch.delivery.ack();
      return true;
    }
    if (origin === undefined || !table.isStored(origin)) return false;
    meters.repeatedEvents.add(batch.count);
    repeats.settle(batch.delivery, origin);
    return true;
  }

  /** Looked at once a batch, before its first part: one batch may exceed the limit. True when it is refused. */
  #meetLimit(job: Job): boolean {
    const { meters, dropOldest } = this.#setup;
    meters.overflows.add();
    if (this.#action === 'block') {
      this.#unlock();
      return false;
    }
    if (this.#action === 'drop_oldest_chunk') while (this.#isOver() && dropOldest());
    if (!this.#isOver()) return false;
    this.#refuse(
      job,
      new MillraceError(
        'MR_BUFFER_OVERFLOW',
        `the buffer is full: \`total_limit_size\` is ${this.#limitBytes} bytes`,
      ),
    );
    return true;
  }

  #split(job: Job): void {
    const { meters, repeats, splitter, table } = this.#setup;
    const { batch, origin } = job;
    const parts = splitter.split(batch);
    job.parts = parts;
    job.pending = new Pending(batch.delivery, parts.length);
    if (parts.length === 0) batch.delivery.ack();
    if (origin === undefined) return;
    job.known = table.storedParts(origin, parts.length);
    if (job.known === undefined && table.isOverlapping(origin)) meters.overlappingBatches.add();
    repeats.watch(batch.delivery, origin);
  }

  #storeParts(job: Job): Halt | undefined {
    const { batch, known, origin, parts = [], pending } = job;
    const { meters, repeats } = this.#setup;
    for (let part = parts[job.next]; part !== undefined; part = parts[job.next]) {
      if (pending === undefined) break;
      if (origin !== undefined && known?.has(job.next) === true) {
        repeats.settlePart(pending, origin, job.next, parts.length);
      } else {
        const partOrigin = originOfPart(origin, job.next, parts.length);
        const to = this.#storePart(part, new PartFrame(part, partOrigin, pending));
        if (to === 'refused' && this.#action === 'throw_exception') {
          this.#refuse(job, new MillraceError('MR_BUFFER', 'the buffer cannot be written'));
          return undefined;
        }
        if (typeof to === 'string') return to;
      }
      job.next += 1;
    }
    meters.storedEvents.add(batch.count);
    return undefined;
  }

  /** Appends a frame to the chunk of its key; gives that chunk. */
  #storePart(part: Part, frame: PartFrame): BufferedChunk | 'busy' | 'refused' {
    const { dropOldest, log, meters, stage, store, table } = this.#setup;
    const { content, count, origin, pending } = frame;
    const chunk = stage.chunkFor(part, content.length, count);
    try {
      if (!store.append(chunk.stored, frame)) {
        stage.failed(chunk);
        return 'busy';
      }
    } catch (error) {
      stage.failed(chunk);
      if (!this.#isDiskRefusing) log.error('events cannot be stored', { error });
      this.#isDiskRefusing = true;
      if (this.#action === 'drop_oldest_chunk') dropOldest();
      return 'refused';
    }
    this.#isDiskRefusing = false;
    meters.storedBytes.add(content.length);
    if (origin !== undefined) {
      table.add(origin);
      chunk.lastAddition = table.additions;
    }
    if (pending.waitsForDelivery) chunk.holders.push({ pending, origin });
    stage.appended(chunk);
    return chunk;
  }

  /** Whether a job is refused that would have to wait for room; a commit is over soon and may be waited for. */
  #isGivenUp(job: Job, halt: Halt): boolean {
    if (this.#mayWait || halt === 'busy') return false;
    this.#refuse(job, new MillraceError('MR_STOPPED', 'there is no room and the pipeline stops'));
    return true;
  }

  #hold(job: Job): Promise<void> {
    this.#waiting.push(job);
    this.#setup.meters.waitingBatches.set(this.#waiting.length);
    return new Promise((resolve) => {
      job.finish = resolve;
    });
  }

  /** `full` needs no waking: whoever makes room calls `drain`. */
  #wakeAfter(halt: Halt): void {
    const { clock, store } = this.#setup;
    if (halt === 'busy') void store.settled().then(() => this.drain());
    if (halt !== 'refused') return;
    this.#retryTimer?.cancel();
    this.#retryTimer = clock.after(refusedPauseMs, () => this.drain());
  }

  /** What the caller has to wait for before its next batch. */
  #room(): Promise<void> | undefined {
    if (this.#action === 'block' && this.#isOver() && this.#mayWait) {
      this.#unlock();
      return new Promise((resolve) => this.#roomWaiters.push(resolve));
    }
    const { store } = this.#setup;
    return store.unsyncedBytes > unsyncedLimitBytes ? store.settled() : undefined;
  }

  /** When nothing is on its way out there will never be room, unless a staged chunk is sent out early. */
  #unlock(): void {
    const { ledger, stage } = this.#setup;
    if (!ledger.isFlowing) stage.sealOldest();
  }

  #isOver(): boolean {
    return this.#setup.ledger.totalBytes >= this.#limitBytes;
  }

  #refuse(job: Job, cause: Error): void {
    this.#setup.meters.refusedEvents.add(job.batch.count);
    if (job.pending === undefined) job.batch.delivery.nack(cause);
    else job.pending.fail(cause);
  }
}

function newJob(batch: EventBatch): Job {
  return {
    batch,
    origin: usableOrigin(batch.origin),
    parts: undefined,
    pending: undefined,
    known: undefined,
    next: 0,
    finish: () => {},
  };
}

/** An origin that can be written down; without one, a batch is stored as if it could not come again. */
function usableOrigin(origin: Origin | undefined): Origin | undefined {
  if (origin === undefined || origin.begin >= origin.end) return undefined;
  return Buffer.byteLength(origin.source) > sourceLimitBytes ? undefined : origin;
}

function originOfPart(
  origin: Origin | undefined,
  part: number,
  parts: number,
): OriginPart | undefined {
  return origin === undefined || parts > partsLimit ? undefined : { ...origin, part, parts };
}
