import type { Timer } from '../clock.ts';
import type { Bisection } from './bisection.ts';
import type { Pending } from './pending.ts';
import type { Rest } from './rest.ts';
import type { Retry } from './retry.ts';
import type { KeyValues } from './store/chunk_head.ts';
import type { StoredChunk } from './store/chunk_store.ts';
import type { OriginPart } from './store/frame_origin.ts';

/**
 * Where a chunk is on its way: `staged` takes more events, `ready` waits for a flush worker, `flushing` is being
 * delivered, `resting` waits for its next attempt, `leaving` is delivered and will be deleted, `gone` is.
 */
export type ChunkState = 'staged' | 'ready' | 'flushing' | 'resting' | 'leaving' | 'gone';

/** Somebody who waits until a chunk is delivered. */
export interface Holder {
  readonly pending: Pending;
  readonly origin: OriginPart | undefined;
}

/** What a chunk that takes events is kept by. */
export interface StageKey {
  readonly keyText: string;
  readonly key: KeyValues;
  readonly tag: string;
}

/** A chunk as the policy sees it. */
export class BufferedChunk {
  readonly stored: StoredChunk;
  /** Undefined for chunks that were found sealed. */
  readonly stageKey: StageKey | undefined;
  /** When it was begun, on the clock that does not go back. */
  readonly bornMs: number;
  state: ChunkState = 'staged';
  /** Failed attempts. */
  attempts = 0;
  retry: Retry | undefined;
  restTimer: Timer | undefined;
  /** Only the secondary may have it now. */
  isForSecondary = false;
  /** Why it can only become a dead letter, once that is so. */
  verdict: Error | undefined;
  /** What of it was refused by name, once all else is delivered. */
  refused: Rest | undefined;
  /** The search for what makes the output refuse it. */
  bisection: Bisection | undefined;
  firstFailedMs: number | undefined;
  holders: Holder[] = [];
  /** As of its last frame with an origin, the table's additions; 0: it has none. */
  lastAddition = 0;
  /** Whether an earlier process began it. */
  readonly isRecovered: boolean;
  /** What the ledger has counted for it. */
  countedBytes = 0;

  constructor(
    stored: StoredChunk,
    stageKey: StageKey | undefined,
    bornMs: number,
    isRecovered = false,
  ) {
    this.stored = stored;
    this.stageKey = stageKey;
    this.bornMs = bornMs;
    this.isRecovered = isRecovered;
  }

  /** What of it is not delivered, when some of it is. */
  get rest(): Rest | undefined {
    return this.refused ?? this.bisection?.rest;
  }
}
