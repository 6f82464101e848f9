import { MillraceError } from '../error.ts';
import type { Log } from '../log.ts';
import { nearest } from '../option/nearest.ts';
import type { ReceiptFeed } from '../plugin/context.ts';
import type { Receipt } from '../plugin/contract.ts';

type Listener = (receipt: Receipt) => void;

/** Where outputs post their receipts, for plugins that count deliveries instead of hand-overs. */
export class ReceiptBoard {
  readonly #outputIds: readonly string[];
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();

  constructor(outputIds: readonly string[], log: Log) {
    this.#outputIds = outputIds;
    this.#log = log;
  }

  /** Tells whoever listens. Never throws: what a listener does is not the output's fault. */
  post(receipt: Receipt): void {
    for (const listener of this.#listeners) {
      try {
        listener(receipt);
      } catch (error) {
        this.#log.error('a plugin failed at a receipt', { id: receipt.outputId, error });
      }
    }
  }

  /** The receipts of some outputs, or of all. @throws MR_OPTION when there is no such output */
  feed(outputIds?: readonly string[]): ReceiptFeed {
    for (const id of outputIds ?? []) this.#mustExist(id);
    return (listener) => {
      const listen: Listener = (receipt) => {
        if (outputIds === undefined || outputIds.includes(receipt.outputId)) listener(receipt);
      };
      this.#listeners.add(listen);
      return () => void this.#listeners.delete(listen);
    };
  }

  #mustExist(id: string): void {
    if (this.#outputIds.includes(id)) return;
    const near = nearest(id, this.#outputIds);
    const hint =
      near === undefined
        ? 'give the output an `@id`, or leave the ids out to mean all outputs'
        : `did you mean \`${near}\`?`;
    throw new MillraceError('MR_OPTION', `there is no output \`${id}\``, { hint });
  }
}
