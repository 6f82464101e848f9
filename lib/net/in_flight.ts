/** Counts what was handed on and is not settled yet, so that its owner can wait for less of it. */
export class InFlight {
  private readonly limitBytes: number;
  private readonly whole: InFlight | undefined;
  private count = 0;
  private bytes = 0;
  private waiting: (() => void)[] = [];

  /** `whole` counts for several of them together, and has a limit of its own. */
  constructor(limitBytes: number, whole?: InFlight) {
    this.limitBytes = limitBytes;
    this.whole = whole;
  }

  /** Whether what is out is within the limit. */
  get hasRoom(): boolean {
    return this.bytes <= this.limitBytes;
  }

  /** Whether nothing is out. */
  get isIdle(): boolean {
    return this.count === 0;
  }

  /** Something of `sizeBytes` goes out. */
  add(sizeBytes: number): void {
    this.count += 1;
    this.bytes += sizeBytes;
    this.whole?.add(sizeBytes);
  }

  /** It is settled. */
  remove(sizeBytes: number): void {
    this.count -= 1;
    this.bytes -= sizeBytes;
    this.whole?.remove(sizeBytes);
    // Many may wait: they are woken when there is something that they wait for.
    if (!(this.hasRoom || this.isIdle)) return;
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when what is out is within the limit, of this and of the whole. */
  async room(): Promise<void> {
    while (!this.hasRoom) await this.change();
    await this.whole?.room();
  }

  /** Resolves when nothing is out. */
  async idle(): Promise<void> {
    while (!this.isIdle) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
