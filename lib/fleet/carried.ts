import type { RelayedStamp } from '../event/agent.ts';
import type { Origin } from '../event/origin.ts';

interface Load {
  readonly begin: number;
  readonly end: number;
  readonly stamps: readonly RelayedStamp[];
}

/** Frames that are remembered; the oldest are forgotten first. */
const loadLimit = 10_000;

/** What agents said of the events in frames of relays, until those are sent on: by the origins of the frames. */
export class Carried {
  readonly #loads = new Map<string, Load[]>();
  #size = 0;

  /** A frame with this origin brought stamps of others. */
  add({ source, epoch, begin, end }: Origin, stamps: readonly RelayedStamp[]): void {
    if (stamps.length === 0) return;
    const key = `${epoch} ${source}`;
    const loads = this.#loads.get(key) ?? [];
    loads.push({ begin, end, stamps });
    this.#loads.set(key, loads);
    this.#size += 1;
    if (this.#size > loadLimit) this.#forgetOldest();
  }

  /** What frames within these positions brought. */
  within({ source, epoch, begin, end }: Omit<Origin, 'low'>): readonly RelayedStamp[] {
    const loads = this.#loads.get(`${epoch} ${source}`) ?? [];
    return loads.flatMap((load) => (begin <= load.begin && load.end <= end ? load.stamps : []));
  }

  #forgetOldest(): void {
    for (const [key, loads] of this.#loads) {
      loads.shift();
      if (loads.length === 0) this.#loads.delete(key);
      this.#size -= 1;
      return;
    }
  }
}
