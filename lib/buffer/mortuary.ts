import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { BufferedChunk } from './buffered_chunk.ts';
import type { DeadLetters } from './dead_letter.ts';
import type { BufferMeters } from './meters.ts';
import type { ChunkHead } from './store/chunk_head.ts';

/** What a mortuary works with. */
export interface MortuarySetup {
  readonly id: string;
  readonly deadLetters: DeadLetters;
  /** Whether what cannot be delivered is thrown away. */
  readonly isDiscarding: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly meters: BufferMeters;
}

/** Makes dead letters of chunks, or of the entries in them that were refused, and counts them. */
export class Mortuary {
  readonly #setup: MortuarySetup;

  constructor(setup: MortuarySetup) {
    this.#setup = setup;
  }

  /** Resolves when the chunk may be deleted. Rejects when the dead letter cannot be written. */
  async bury(chunk: BufferedChunk, head: ChunkHead, cause: Error): Promise<void> {
    const { clock, deadLetters, id, isDiscarding, log, meters } = this.#setup;
    const { attempts, firstFailedMs, refused, rest, stored } = chunk;
    const count = rest?.count ?? stored.count;
    if (count === 0) return;
    const about = { chunk: stored.id, tag: head.tag, count, error: cause };
    if (isDiscarding) {
      meters.discardedEvents.add(count);
      log.error('undeliverable events are thrown away, as configured', about);
      return;
    }
    await deadLetters.keep({
      outputId: id,
      stored,
      head,
      reason: cause.message,
      // The attempt that delivered the rest counts too.
      attempts: refused === undefined ? attempts : attempts + 1,
      firstFailedMs,
      nowMs: clock.nowMs(),
      rest,
    });
    meters.deadLetters.add();
    meters.deadEvents.add(count);
    log.error(`undeliverable events became a dead letter in ${deadLetters.folder}`, about);
  }
}
