import { MillraceError } from '../error.ts';
import type { Delivery } from '../event/delivery.ts';
import type { Origin } from '../event/origin.ts';
import type { Ledger } from './ledger.ts';
import type { OriginTable } from './origin_table.ts';
import type { Pending } from './pending.ts';
import type { ChunkStore } from './store/chunk_store.ts';

/** Settles what is offered again and not stored again: as late as what was stored the first time. */
export class Repeats {
  readonly #store: ChunkStore;
  readonly #table: OriginTable;
  readonly #ledger: Ledger;
  /** Batches of this process that wait until they are delivered. */
  readonly #undelivered = new Map<string, Delivery>();

  constructor(store: ChunkStore, table: OriginTable, ledger: Ledger) {
    this.#store = store;
    this.#table = table;
    this.#ledger = ledger;
  }

  /** Remembers a batch, in case it comes again before it is delivered. */
  watch(delivery: Delivery, origin: Origin): void {
    if (delivery.level !== 'delivered') return;
    const key = keyOf(origin);
    this.#undelivered.set(key, delivery);
    delivery.onSettled(() => {
      if (this.#undelivered.get(key) === delivery) this.#undelivered.delete(key);
    });
  }

  /** Settles the delivery of a batch that is stored already. */
  settle(delivery: Delivery, origin: Origin): void {
    if (delivery.level !== 'delivered') {
      void this.#store.settled().then(() => {
        if (this.#table.isStored(origin)) delivery.ack();
        else delivery.nack(lost());
      });
      return;
    }
    const first = this.#undelivered.get(keyOf(origin));
    if (first === undefined) {
      // Delivered already, or by an earlier process in a chunk that is still here.
      void this.#ledger.gone((chunk) => chunk.isRecovered).then(() => delivery.ack());
      return;
    }
    first.onSettled((outcome) => {
      if (outcome.ok) delivery.ack();
      else delivery.nack(outcome.cause);
    });
  }

  /** Counts a part that is stored already, of a batch whose other parts are not. */
  settlePart(pending: Pending, origin: Origin, part: number, parts: number): void {
    if (pending.waitsForDelivery) {
      void this.#ledger.gone(() => true).then(() => pending.partDone());
      return;
    }
    void this.#store.settled().then(() => {
      const isThere =
        this.#table.isStored(origin) || this.#table.storedParts(origin, parts)?.has(part) === true;
      if (isThere) pending.partDone();
      else pending.fail(lost());
    });
  }
}

function keyOf({ source, epoch, begin, end }: Origin): string {
  return `${epoch} ${begin} ${end} ${source}`;
}

function lost(): MillraceError {
  return new MillraceError('MR_BUFFER', 'what was stored before could not be made safe');
}
