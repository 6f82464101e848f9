import type { Clock } from '../clock.ts';
import { InFlight } from './in_flight.ts';

/** What one connection holds of the memory that all share. */
export interface MemoryShare {
  /** What was handed on and is not settled. */
  readonly inFlight: InFlight;
  /** So many bytes are held of what is not whole yet. */
  holdUnfinished(bytes: number): void;
}

interface Holder {
  bytes: number;
  sinceMs: number;
  readonly onEvicted: () => void;
}

/**
 * Memory that the connections of a listener share. While half of it is taken by events that are not settled, they
 * read no more. When the other half is full of frames that are not whole, the one that has held most for
 * longest has to go: one that stalls goes before one that comes along.
 */
export class ConnectionMemory {
  readonly limitBytes: number;
  private readonly clock: Clock;
  private readonly inFlight: InFlight;
  private readonly holders = new Set<Holder>();
  private unfinishedBytes = 0;

  constructor(limitBytes: number, clock: Clock) {
    this.limitBytes = limitBytes;
    this.clock = clock;
    this.inFlight = new InFlight(limitBytes / 2);
  }

  /** Whether connections should take in as little as they can. */
  get isStrained(): boolean {
    return !this.inFlight.hasRoom;
  }

  /** What frames that are not whole take. */
  get heldBytes(): number {
    return this.unfinishedBytes;
  }

  /** A connection's part, of which no more than `inFlightBytes` may be in flight; `onEvicted` lets its unfinished frame go. */
  share(inFlightBytes: number, onEvicted: () => void): MemoryShare {
    const holder: Holder = { bytes: 0, sinceMs: 0, onEvicted };
    return {
      inFlight: new InFlight(inFlightBytes, this.inFlight),
      holdUnfinished: (bytes) => this.hold(holder, bytes),
    };
  }

  private hold(holder: Holder, bytes: number): void {
    if (holder.bytes === 0 && bytes > 0) {
      holder.sinceMs = this.clock.monotonicMs();
      this.holders.add(holder);
    }
    this.unfinishedBytes += bytes - holder.bytes;
    holder.bytes = bytes;
    if (bytes === 0) this.holders.delete(holder);
    while (this.unfinishedBytes > this.limitBytes / 2) this.evict();
  }

  private evict(): void {
    const nowMs = this.clock.monotonicMs();
    let heaviest: Holder | undefined;
    let most = -1;
    for (const holder of this.holders) {
      const weight = holder.bytes * (nowMs - holder.sinceMs + 1);
      if (weight <= most) continue;
      heaviest = holder;
      most = weight;
    }
    if (heaviest === undefined) return;
    this.hold(heaviest, 0);
    heaviest.onEvicted();
  }
}
