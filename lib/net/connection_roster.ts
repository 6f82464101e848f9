import type { Clock } from '../clock.ts';

/** A connection as its roster knows it. */
export interface Guest {
  /** Asks it to go; false when it has something to wait for. */
  readonly leave: () => boolean;
}

/** A connection's place among the others. */
export interface Seat {
  /** Something has come on it. */
  touch(): void;
  /** It has ended. */
  free(): void;
}

/** Who is idle for less may be about to send something. */
const leastIdleMs = 60_000;

/** The open connections of a listener, in the order in which something last came on them. */
export class ConnectionRoster {
  private readonly limit: number;
  private readonly clock: Clock;
  /** When something last came on each, the longest ago first. */
  private readonly guests = new Map<Guest, number>();

  /** The listener itself takes no more than `limit` connections. */
  constructor(limit: number, clock: Clock) {
    this.limit = limit;
    this.clock = clock;
  }

  /** A new connection. When it takes the last place, another one that is idle makes room for the next. */
  add(guest: Guest): Seat {
    const touch = (): void => {
      this.guests.delete(guest);
      this.guests.set(guest, this.clock.monotonicMs());
    };
    touch();
    if (this.guests.size >= this.limit) this.makeRoom();
    return { touch, free: () => void this.guests.delete(guest) };
  }

  /** Asks the connection that has been idle longest to go, if one has been so for a minute. */
  makeRoom(): void {
    const nowMs = this.clock.monotonicMs();
    for (const [guest, touchedMs] of this.guests) {
      if (nowMs - touchedMs < leastIdleMs) return;
      if (guest.leave()) return;
    }
  }
}
