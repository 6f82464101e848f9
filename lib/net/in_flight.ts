/** Counts what was handed on and is not settled yet, so that its owner can wait for less of it. */
export class InFlight {
  private readonly limitBytes: number;
  private count = 0;
  private bytes = 0;
  private waiting: (() => void)[] = [];

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Something of `sizeBytes` goes out. */
  add(sizeBytes: number): void {
    this.count += 1;
    this.bytes += sizeBytes;
  }

  /** It is settled. */
  remove(sizeBytes: number): void {
    this.count -= 1;
    this.bytes -= sizeBytes;
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when what is out is within the limit. */
  async room(): Promise<void> {
    while (this.bytes > this.limitBytes) await this.change();
  }

  /** Resolves when nothing is out. */
  async idle(): Promise<void> {
    while (this.count > 0) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
