import {
  type Consignment,
  type NumberedParcel,
  type Packing,
  parcelsOf,
} from './forward_consignment.ts';
import type { Reached } from './forward_peer.ts';

/** So many frames of a chunk are under way before the first is confirmed. */
const framesUnderWay = 4;

/** The frames of one chunk on their way to one receiver. Frames that were confirmed are not sent again. */
export class Shipment {
  private readonly chunk: Consignment;
  private readonly packing: Packing;
  private readonly confirmed: Set<number>;

  /** `confirmed` has the numbers of the frames that are delivered, and gets those that are from now on. */
  constructor(chunk: Consignment, packing: Packing, confirmed: Set<number>) {
    this.chunk = chunk;
    this.packing = packing;
    this.confirmed = confirmed;
  }

  /** Sends what is not confirmed; resolves when everything is. @throws as `ForwardLink.send` */
  async sendBy(reached: Reached, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const end = (): void => ending.abort(signal.reason);
    // `AbortSignal.any` of Node 20 would leave something at the pipeline's signal for each chunk.
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const underWay = new Set<Promise<void>>();
    try {
      for await (const parcel of parcelsOf(this.chunk, this.packing)) {
        if (this.confirmed.has(parcel.index)) continue;
        const sending = this.sendOne(reached, parcel, ending.signal);
        underWay.add(sending);
        // Its failure is thrown where it is awaited.
        sending.then(
          () => underWay.delete(sending),
          () => {},
        );
        if (underWay.size >= framesUnderWay) await Promise.race(underWay);
      }
      await Promise.all(underWay);
    } catch (error) {
      ending.abort();
      await Promise.allSettled(underWay);
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  private async sendOne(
    reached: Reached,
    parcel: NumberedParcel,
    signal: AbortSignal,
  ): Promise<void> {
    await reached.send(parcel, signal);
    this.confirmed.add(parcel.index);
    parcel.release?.();
  }
}
