import { IntervalSet } from '../event/interval_set.ts';
import { isBranchOf, isPassing, type Origin } from '../event/origin.ts';
import type { OriginPart } from './store/frame_origin.ts';

/** A batch of which some parts are stored. */
export interface PartialBatch {
  readonly begin: number;
  readonly end: number;
  readonly parts: number;
  readonly have: Set<number>;
}

/** What is stored of one epoch of a source. */
export interface EpochState {
  /** Everything below is settled for ever. */
  low: number;
  readonly stored: IntervalSet;
  /** By `begin-end`. */
  readonly partials: Map<string, PartialBatch>;
}

/** How much is remembered. Forgetting costs no event: a repeated batch is stored a second time. */
export interface TableLimits {
  readonly sources: number;
  /** Of `sources`, those that offer one batch each: they must not push the others out. */
  readonly passing: number;
  readonly epochs: number;
  /** Per epoch, of intervals and of partial batches each. */
  readonly intervals: number;
}

const usualLimits: TableLimits = {
  sources: 100_000,
  passing: 10_000,
  epochs: 64,
  intervals: 10_000,
};

/** Remembers which positions of which sources a buffer has stored, so that what is offered again is not stored again. */
export class OriginTable {
  readonly #limits: TableLimits;
  /** The source that was heard of longest ago is first; within a source likewise for epochs. */
  readonly #sources = new Map<string, Map<number, EpochState>>();
  readonly #branches = new Map<string, Set<string>>();
  readonly #passing = new Set<string>();
  #additions = 0;
  #removals = 0;

  constructor(limits: TableLimits = usualLimits) {
    this.#limits = limits;
  }

  /** Grows with each part that is added: what was added before a number was taken is in a snapshot taken after it. */
  get additions(): number {
    return this.#additions;
  }

  /** Grows when something that was added turned out not to be stored. */
  get removals(): number {
    return this.#removals;
  }

  /** Sources and their epochs, those heard of longest ago first. */
  get sources(): ReadonlyMap<string, ReadonlyMap<number, EpochState>> {
    return this.#sources;
  }

  /** Whether all of a batch is stored. */
  isStored({ source, epoch, begin, end }: Origin): boolean {
    const state = this.#sources.get(source)?.get(epoch);
    if (state === undefined || begin >= end) return false;
    return end <= state.low || state.stored.covers(Math.max(begin, state.low), end);
  }

  /** Whether some, not all, positions of a batch are stored otherwise than as parts of that same batch. */
  isOverlapping({ source, epoch, begin, end }: Origin): boolean {
    const state = this.#sources.get(source)?.get(epoch);
    if (state === undefined || begin >= end) return false;
    const rest = new IntervalSet([begin, end]);
    rest.removeBelow(state.low);
    const { bounds } = state.stored;
    for (let index = 0; index + 1 < bounds.length; index += 2) {
      rest.remove(bounds[index] ?? 0, bounds[index + 1] ?? 0);
    }
    return rest.bounds[0] !== begin || rest.bounds[1] !== end;
  }

  /** Which parts of a batch are stored, when it comes again in as many parts. */
  storedParts(origin: Origin, parts: number): ReadonlySet<number> | undefined {
    const partial = this.#sources
      .get(origin.source)
      ?.get(origin.epoch)
      ?.partials.get(keyOf(origin));
    return partial?.parts === parts ? partial.have : undefined;
  }

  /** A part is stored. What the source says is settled counts as stored from now on. */
  add(origin: OriginPart): void {
    const { begin, end, low, part, parts } = origin;
    this.#additions += 1;
    if (begin >= end) return;
    const state = this.#touch(origin.source, origin.epoch);
    raise(state, low);
    if (end <= state.low) return;
    // A part of what is complete is written once more: it must not look as if the others were missing.
    if (parts > 1 && state.stored.covers(Math.max(begin, state.low), end)) return;
    if (parts > 1 && !this.#completes(state, origin)) return;
    state.partials.delete(keyOf(origin));
    if (parts > 1 || part === 0) state.stored.add(Math.max(begin, state.low), end);
    if (state.stored.size > this.#limits.intervals) {
      const [first = 0, second = 0] = state.stored.bounds;
      state.stored.remove(first, second);
    }
  }

  /** A part that was added is not stored after all. */
  remove(origin: OriginPart): void {
    const { source, epoch, begin, end, part, parts } = origin;
    this.#removals += 1;
    const state = this.#sources.get(source)?.get(epoch);
    if (state === undefined || begin >= end) return;
    const partial = state.partials.get(keyOf(origin));
    if (partial !== undefined) {
      partial.have.delete(part);
      return;
    }
    if (!state.stored.covers(Math.max(begin, state.low), end)) return;
    state.stored.remove(begin, end);
    if (parts === 1) return;
    const have = new Set(Array.from({ length: parts }, (_, index) => index));
    have.delete(part);
    state.partials.set(keyOf(origin), { begin, end, parts, have });
  }

  /** Puts back what a snapshot says of an epoch, on top of what is known. */
  restore(source: string, epoch: number, saved: EpochState): void {
    const state = this.#touch(source, epoch);
    raise(state, saved.low);
    const { bounds } = saved.stored;
    for (let index = 0; index + 1 < bounds.length; index += 2) {
      const begin = Math.max(bounds[index] ?? 0, state.low);
      const end = bounds[index + 1] ?? 0;
      if (begin < end) state.stored.add(begin, end);
    }
    for (const { begin, end, parts, have } of saved.partials.values()) {
      for (const part of have) {
        this.add({ source, epoch, begin, end, low: state.low, part, parts });
      }
    }
  }

  /**
   * Boundaries of what is stored of the latest epoch of a source and its branches, ascending: begins and ends of
   * intervals and of partial batches, and the low water.
   */
  storedEnds(source: string): readonly number[] {
    const ends = new Set<number>();
    for (const branch of this.#branchesOf(source)) {
      const epochs = this.#sources.get(branch);
      if (epochs === undefined) continue;
      const state = epochs.get(Math.max(...epochs.keys()));
      if (state === undefined) continue;
      const { low, stored, partials } = state;
      if (low > 0) ends.add(low);
      for (const bound of stored.bounds) if (bound > low) ends.add(bound);
      for (const { begin, end } of partials.values()) {
        if (begin > low) ends.add(begin);
        if (end > low) ends.add(end);
      }
    }
    return [...ends].sort((one, other) => one - other);
  }

  /** Adds a part; true when that makes the batch complete. */
  #completes(state: EpochState, origin: OriginPart): boolean {
    const { begin, end, part, parts } = origin;
    const key = keyOf(origin);
    let partial = state.partials.get(key);
    if (partial === undefined || partial.parts !== parts) {
      partial = { begin, end, parts, have: new Set() };
      state.partials.set(key, partial);
      if (state.partials.size > this.#limits.intervals) deleteFirst(state.partials);
    }
    partial.have.add(part);
    return partial.have.size === parts;
  }

  #touch(source: string, epoch: number): EpochState {
    let epochs = this.#sources.get(source);
    if (epochs === undefined) {
      epochs = new Map();
      this.#indexBranch(source);
    } else this.#sources.delete(source);
    this.#sources.set(source, epochs);
    if (isPassing(source)) this.#boundPassing(source);
    if (this.#sources.size > this.#limits.sources) this.#forgetFirst(this.#sources.keys());
    let state = epochs.get(epoch);
    if (state === undefined) {
      state = { low: 0, stored: new IntervalSet(), partials: new Map() };
      if (epochs.size >= this.#limits.epochs) deleteFirst(epochs);
    } else if (epochs.size > 1) epochs.delete(epoch);
    epochs.set(epoch, state);
    return state;
  }

  #boundPassing(source: string): void {
    this.#passing.delete(source);
    this.#passing.add(source);
    if (this.#passing.size > this.#limits.passing) this.#forgetFirst(this.#passing.values());
  }

  #forgetFirst(sources: Iterable<string>): void {
    const [oldest] = sources;
    if (oldest === undefined) return;
    this.#sources.delete(oldest);
    if (this.#passing.delete(oldest)) return;
    const root = rootOf(oldest);
    const branches = this.#branches.get(root);
    branches?.delete(oldest);
    if (branches?.size === 0) this.#branches.delete(root);
  }

  #indexBranch(source: string): void {
    if (isPassing(source)) return;
    const root = rootOf(source);
    const branches = this.#branches.get(root);
    if (branches === undefined) this.#branches.set(root, new Set([source]));
    else branches.add(source);
  }

  #branchesOf(source: string): string[] {
    const kin = this.#branches.get(rootOf(source)) ?? [];
    return [...kin].filter((each) => isBranchOf(each, source));
  }
}

function raise(state: EpochState, low: number): void {
  if (low <= state.low) return;
  state.low = low;
  state.stored.removeBelow(low);
  for (const [key, { end }] of state.partials) if (end <= low) state.partials.delete(key);
}

function keyOf({ begin, end }: Origin): string {
  return `${begin}-${end}`;
}

function deleteFirst<K>(map: Map<K, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

/** Where a source's name may have been branched from, whatever branches are called: all kin have the same. */
function rootOf(source: string): string {
  const end = source.indexOf('/');
  return end < 0 ? source : source.slice(0, end);
}
