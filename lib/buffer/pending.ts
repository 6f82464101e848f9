import type { Delivery } from '../event/delivery.ts';
import type { Frame } from './store/frame.ts';
import type { OriginPart } from './store/frame_origin.ts';

/** A batch on its way into chunks: settles the batch's delivery once every part of it has come far enough. */
export class Pending {
  readonly delivery: Delivery;
  #open: number;

  /** `parts` is how many parts must come far enough. */
  constructor(delivery: Delivery, parts: number) {
    this.delivery = delivery;
    this.#open = parts;
  }

  /** Whether parts count once delivered, not once stored. */
  get waitsForDelivery(): boolean {
    return this.delivery.level === 'delivered';
  }

  partDone(): void {
    this.#open -= 1;
    if (this.#open === 0) this.delivery.ack();
  }

  fail(cause: Error): void {
    if (this.delivery.outcome === undefined) this.delivery.nack(cause);
  }
}

/** One part of a batch as a frame. */
export class PartFrame implements Frame {
  readonly content: Uint8Array;
  readonly count: number;
  readonly isCompressed: boolean;
  readonly origin: OriginPart | undefined;
  readonly pending: Pending;
  readonly release: (() => void) | undefined;
  /** It was written once before, to a chunk that could not be made safe. */
  readonly isRewritten: boolean;

  constructor(
    part: Pick<Frame, 'content' | 'count' | 'isCompressed' | 'release'>,
    origin: OriginPart | undefined,
    pending: Pending,
    isRewritten = false,
  ) {
    this.content = part.content;
    this.count = part.count;
    this.isCompressed = part.isCompressed;
    this.origin = origin;
    this.pending = pending;
    this.release = part.release;
    this.isRewritten = isRewritten;
  }

  onStored(): void {
    if (!this.pending.waitsForDelivery) this.pending.partDone();
  }

  /** The same, to be written to another chunk. */
  again(): PartFrame {
    return new PartFrame(this, this.origin, this.pending, true);
  }
}
