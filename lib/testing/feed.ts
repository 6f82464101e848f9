import { whenAborted } from '../clock.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Emit, Input } from '../plugin/contract.ts';

/** Stands in the place of an input: what the test offers is emitted, one batch after another. */
export class Feed implements Input {
  #last: Promise<void> = Promise.resolve();
  #isReady: (emit: Emit) => void = () => {};
  readonly #emit = new Promise<Emit>((resolve) => {
    this.#isReady = resolve;
  });

  async run(emit: Emit, signal: AbortSignal): Promise<void> {
    this.#isReady(emit);
    await whenAborted(signal);
  }

  /** Emits a batch as soon as there is room for it. */
  offer(batch: EventBatch): void {
    this.#last = this.#last.then(async () => {
      const emit = await this.#emit;
      await emit(batch);
    });
  }
}
