/** Counts are gathered in slots of this length. */
const slotMs = 10_000;
const slots = 6;

/** How many a second, over the last minute. */
export class Rate {
  readonly #counts = new Array<number>(slots).fill(0);
  #slot = 0;

  add(count: number, nowMs: number): void {
    this.#moveTo(nowMs);
    const index = this.#slot % slots;
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
  }

  perSecond(nowMs: number): number {
    this.#moveTo(nowMs);
    const sum = this.#counts.reduce((total, count) => total + count, 0);
    // The slot that has just begun is not full.
    const seconds = ((slots - 1) * slotMs + (nowMs % slotMs)) / 1000;
    return sum / seconds;
  }

  #moveTo(nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    if (slot <= this.#slot) return;
    const passed = Math.min(slot - this.#slot, slots);
    for (let back = 0; back < passed; back += 1) this.#counts[(slot - back) % slots] = 0;
    this.#slot = slot;
  }
}
