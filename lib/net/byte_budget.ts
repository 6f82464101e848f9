/** Bytes that several parties may hold at a time, all together. */
export class ByteBudget {
  readonly limitBytes: number;
  #held = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Takes bytes; false, and nothing is taken, when that would be more than the limit. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.limitBytes) return false;
    this.#held += bytes;
    return true;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#held -= bytes;
  }
}
