import type { RelayedStamp } from '../event/agent.ts';
import type { Origin } from '../event/origin.ts';

/** The positions of a frame. */
export type Span = Omit<Origin, 'low'>;

/** What a frame of a relay brought. */
export interface Load {
  readonly span: Span;
  readonly stamps: readonly RelayedStamp[];
}

/** Frames that are remembered; the oldest are forgotten first. */
const loadLimit = 10_000;

/** What agents said of the events in frames of relays, until those are sent on: by the origins of the frames. */
export class Carried {
  /** By source and epoch, and then by begin and end. */
  readonly #loads = new Map<string, Map<string, Load>>();
  #size = 0;

  /** A frame with these positions brought stamps of others; false when that is known. */
  add({ source, epoch, begin, end }: Span, stamps: readonly RelayedStamp[]): boolean {
    if (stamps.length === 0) return false;
    const key = `${epoch} ${source}`;
    const loads = this.#loads.get(key) ?? new Map<string, Load>();
    const place = `${begin}-${end}`;
    if (loads.has(place)) return false;
    loads.set(place, { span: { source, epoch, begin, end }, stamps });
    this.#loads.set(key, loads);
    this.#size += 1;
    if (this.#size > loadLimit) this.#forgetOldest();
    return true;
  }

  /** What frames within these positions brought. */
  within({ source, epoch, begin, end }: Span): readonly RelayedStamp[] {
    const loads = [...(this.#loads.get(`${epoch} ${source}`)?.values() ?? [])];
    return loads.flatMap(({ span, stamps }) =>
      begin <= span.begin && span.end <= end ? stamps : [],
    );
  }

  /** All that is remembered. */
  *all(): Generator<Load, void, undefined> {
    for (const loads of this.#loads.values()) yield* loads.values();
  }

  #forgetOldest(): void {
    for (const [key, loads] of this.#loads) {
      for (const place of loads.keys()) {
        loads.delete(place);
        break;
      }
      if (loads.size === 0) this.#loads.delete(key);
      this.#size -= 1;
      return;
    }
  }
}
