import type { Clock, Timer } from '../clock.ts';
import { BufferedChunk, type StageKey } from './buffered_chunk.ts';
import type { Ledger } from './ledger.ts';
import { type BufferPlan, bufferLimits } from './options.ts';
import type { ChunkStore } from './store/chunk_store.ts';

/** What a stage works with. */
export interface StageSetup {
  readonly plan: BufferPlan;
  readonly clock: Clock;
  readonly store: ChunkStore;
  readonly ledger: Ledger;
  readonly isFormatted: boolean;
  /** Takes a chunk that was sealed. */
  readonly enqueue: (chunk: BufferedChunk) => void;
  /** Whether so many chunks wait to be flushed that time alone is no reason to seal another. */
  readonly isQueueLong: () => boolean;
}

/** Staged chunks at once; one more, and the oldest is sealed. */
const stagedLimit = 10_000;
/** So often the wall clock is looked at, in case it was set. */
const longestNapMs = 30_000;

/** The chunks that take events, one for each key, and the rules by which they are sealed. */
export class Stage {
  readonly #setup: StageSetup;
  readonly #mode: 'interval' | 'lazy' | 'immediate';
  readonly #limitBytes: number;
  readonly #limitRecords: number;
  readonly #fullBytes: number;
  readonly #fullRecords: number;
  /** In the order in which they were begun. */
  readonly #chunks = new Map<string, BufferedChunk>();
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #isStarted = false;
  #isHeldBack = false;

  constructor(setup: StageSetup) {
    this.#setup = setup;
    const { options, chunkKeys } = setup.plan;
    const isTimed = chunkKeys.includes('time');
    const usual = isTimed ? 'lazy' : 'interval';
    this.#mode = options.flushMode === 'default' ? usual : options.flushMode;
    this.#limitBytes = bufferLimits(setup.plan).chunkLimitBytes;
    this.#limitRecords = options.chunkLimitRecords ?? Number.POSITIVE_INFINITY;
    this.#fullBytes = this.#limitBytes * options.chunkFullThreshold;
    this.#fullRecords = this.#limitRecords * options.chunkFullThreshold;
  }

  /** The chunk for so many more events of a key; begun if need be, after sealing one that has no room for them. */
  chunkFor(stageKey: StageKey, bytes: number, count: number): BufferedChunk {
    const { clock, ledger, store, isFormatted } = this.#setup;
    const staged = this.#chunks.get(stageKey.keyText);
    if (staged !== undefined) {
      const { contentBytes, count: stagedCount } = staged.stored;
      const hasRoom =
        contentBytes + bytes <= this.#limitBytes && stagedCount + count <= this.#limitRecords;
      if (hasRoom && !store.isBroken(staged.stored)) return staged;
      this.seal(staged);
    }
    while (this.#chunks.size >= stagedLimit) this.sealOldest();
    const { tag, key } = stageKey;
    const stored = store.begin({ createdMs: clock.nowMs(), tag, key, isFormatted });
    const chunk = new BufferedChunk(stored, stageKey, clock.monotonicMs());
    this.#chunks.set(stageKey.keyText, chunk);
    ledger.enter(chunk);
    return chunk;
  }

  /** Takes back a chunk that an earlier process began. */
  restore(chunk: BufferedChunk): void {
    this.#setup.ledger.enter(chunk);
    const keyText = chunk.stageKey?.keyText ?? '';
    const other = this.#chunks.get(keyText);
    if (other !== undefined) this.seal(other);
    while (this.#chunks.size >= stagedLimit) this.sealOldest();
    this.#chunks.set(keyText, chunk);
    if (this.#isFull(chunk)) this.seal(chunk);
  }

  /** Something was appended to the chunk. */
  appended(chunk: BufferedChunk): void {
    this.#setup.ledger.update(chunk);
    if (this.#mode === 'immediate' || this.#isFull(chunk)) this.seal(chunk);
    else if (chunk.stored.count > 0) this.#arm(this.#dueMs(chunk));
  }

  /** Nothing could be appended to the chunk: without any event it is no chunk. */
  failed(chunk: BufferedChunk): void {
    const { ledger, store } = this.#setup;
    if (chunk.stored.count > 0) {
      if (store.isBroken(chunk.stored)) this.seal(chunk);
      return;
    }
    this.#drop(chunk);
    chunk.state = 'gone';
    ledger.sealed(chunk);
    ledger.leave(chunk);
    // There is no file, or one that recovery knows how to treat.
    store.purge(chunk.stored).catch(() => {});
  }

  /** Moves a staged chunk to the queue. */
  seal(chunk: BufferedChunk): void {
    if (chunk.state !== 'staged') return;
    this.#close(chunk);
    this.#setup.enqueue(chunk);
  }

  /** Seals the chunk that was begun first; false when nothing is staged. */
  sealOldest(): boolean {
    for (const chunk of this.#chunks.values()) {
      this.seal(chunk);
      return true;
    }
    return false;
  }

  /** Takes the chunk that was begun first out, sealed, for other ends than the queue. */
  takeOldest(): BufferedChunk | undefined {
    for (const chunk of this.#chunks.values()) {
      this.#close(chunk);
      return chunk;
    }
    return undefined;
  }

  sealAll(): void {
    for (const chunk of [...this.#chunks.values()]) this.seal(chunk);
  }

  /** From now on time seals chunks. */
  start(): void {
    this.#isStarted = true;
    this.tick();
  }

  stop(): void {
    this.#isStarted = false;
    this.#disarm();
  }

  /** Seals what is due, and comes back when the next one will be. */
  tick(): void {
    if (!this.#isStarted) return;
    this.#disarm();
    this.#isHeldBack = false;
    const nowMs = this.#setup.clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const chunk of this.#chunks.values()) {
      const dueMs = this.#dueMs(chunk);
      if (dueMs > nowMs) nextMs = Math.min(nextMs, dueMs);
      else if (!this.#setup.isQueueLong()) this.seal(chunk);
      else {
        this.#isHeldBack = true;
        return;
      }
    }
    this.#arm(nextMs);
  }

  /** The queue has become shorter: seals what that held back. */
  resume(): void {
    if (this.#isHeldBack) this.tick();
  }

  #isFull({ stored }: BufferedChunk): boolean {
    return stored.contentBytes >= this.#fullBytes || stored.count >= this.#fullRecords;
  }

  /** When time seals a chunk, on the clock that does not go back. */
  #dueMs(chunk: BufferedChunk): number {
    const { clock, plan } = this.#setup;
    const { flushInterval, timekey = 0, timekeyWait } = plan.options;
    const byAge =
      this.#mode === 'interval' ? chunk.bornMs + flushInterval : Number.POSITIVE_INFINITY;
    const slice = chunk.stageKey?.key.timekey;
    if (slice === undefined) return byAge;
    const sliceLeftMs = slice * 1000 + timekey + timekeyWait - clock.nowMs();
    return Math.min(byAge, clock.monotonicMs() + sliceLeftMs);
  }

  #arm(dueMs: number): void {
    if (!this.#isStarted || dueMs >= this.#timerDueMs) return;
    this.#disarm();
    const { clock } = this.#setup;
    this.#timerDueMs = dueMs;
    const delayMs = Math.min(Math.max(dueMs - clock.monotonicMs(), 0), longestNapMs);
    this.#timer = clock.after(delayMs, () => this.tick());
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #close(chunk: BufferedChunk): void {
    this.#drop(chunk);
    this.#setup.store.seal(chunk.stored);
    chunk.state = 'ready';
    this.#setup.ledger.sealed(chunk);
  }

  #drop(chunk: BufferedChunk): void {
    const keyText = chunk.stageKey?.keyText;
    if (keyText !== undefined && this.#chunks.get(keyText) === chunk) this.#chunks.delete(keyText);
  }
}
