import { refusesParts } from '../error.ts';
import type { Log } from '../log.ts';
import { Bisection, type PartOutcome } from './bisection.ts';
import type { BufferedChunk } from './buffered_chunk.ts';
import type { BufferPlan } from './options.ts';
import type { OutcomeJournal } from './outcome_journal.ts';
import type { ChunkHead } from './store/chunk_head.ts';

/** What a bisector works with. */
export interface BisectorSetup {
  readonly options: Pick<BufferPlan['options'], 'bisectRefused' | 'bisectMaxWrites'>;
  /** Undefined: what the chunks are in ends with the process, and so may what is known of them. */
  readonly journal: OutcomeJournal | undefined;
  readonly log: Log;
}

/** Looks after the bisections of chunks: begins them, and keeps what has come of each write, so that none is repeated after a kill. */
export class Bisector {
  readonly #setup: BisectorSetup;
  readonly #unsaved = new Map<BufferedChunk, PartOutcome[]>();

  constructor(setup: BisectorSetup) {
    this.#setup = setup;
  }

  /**
   * Makes ready for the next write: resolves when the chunk is as far as it ever was, and that is safe.
   * @throws what the disk throws
   */
  async resume(chunk: BufferedChunk): Promise<void> {
    const { journal, log, options } = this.#setup;
    if (chunk.bisection !== undefined) return this.#save(chunk);
    const { count, id } = chunk.stored;
    if (journal?.has(id) !== true) return;
    const bisection = new Bisection(count, options.bisectMaxWrites);
    if (journal.load(id, (outcome) => bisection.apply(outcome)) > 0) chunk.bisection = bisection;
    else log.warn('what is known of the parts of a chunk is of no use', { chunk: id });
  }

  /** Whether parts of the chunk may be accepted after all. */
  mayHelp(chunk: BufferedChunk, head: ChunkHead, cause: Error): boolean {
    if (chunk.bisection !== undefined) return true;
    const { bisectRefused } = this.#setup.options;
    return bisectRefused && !head.isFormatted && chunk.stored.count > 1 && !refusesParts(cause);
  }

  /** Takes down how a write ended, and resolves when that is safe. @throws what the disk throws; `resume` tries it again */
  async note(chunk: BufferedChunk, outcome: PartOutcome): Promise<void> {
    const { journal, options } = this.#setup;
    chunk.bisection ??= new Bisection(chunk.stored.count, options.bisectMaxWrites);
    chunk.bisection.apply(outcome);
    if (journal === undefined) return;
    const unsaved = this.#unsaved.get(chunk) ?? [];
    this.#unsaved.set(chunk, [...unsaved, outcome]);
    await this.#save(chunk);
  }

  /** The chunk is gone for good. Never rejects. */
  async forget({ stored }: BufferedChunk): Promise<void> {
    const { journal } = this.#setup;
    if (journal?.has(stored.id) === true) await journal.remove(stored.id);
  }

  async #save(chunk: BufferedChunk): Promise<void> {
    const unsaved = this.#unsaved.get(chunk);
    if (unsaved === undefined) return;
    await this.#setup.journal?.append(chunk.stored.id, unsaved);
    this.#unsaved.delete(chunk);
  }
}
