/** Memory that is lent: whoever has come to know that nobody looks at it any more gives it back. Kept, it is garbage like any other. */
export interface Loan {
  readonly bytes: Buffer;
  /** To be called at most once. The bytes may change from then on. */
  release(): void;
}

/** A piece of free memory may be so many times as large as what is asked for. */
const mostSlack = 4;
/** Sizes are rounded up to this, so that pieces of about one size serve one another. */
const grainBytes = 64 * 1024;

/**
 * Memory for batches and chunks on their way, used again and again. New memory costs ten times what filling it
 * does, and every few dozen megabytes of it have the whole heap collected: that was a third of a relay's work.
 */
export class BytePool {
  private readonly mostFreeBytes: number;
  private readonly free: Buffer[] = [];
  private freeBytes = 0;

  /** Keeps no more than so much memory that is not lent. */
  constructor(mostFreeBytes: number) {
    this.mostFreeBytes = mostFreeBytes;
  }

  /** Lends at least so many bytes, with anything in them. */
  lend(atLeastBytes: number): Loan {
    const bytes = this.take(atLeastBytes);
    return { bytes, release: () => this.give(bytes) };
  }

  /** The same for who gives the very buffer back by `give`. */
  take(atLeastBytes: number): Buffer {
    const { free } = this;
    // What came back last is still in the processor's caches.
    for (let index = free.length - 1; index >= 0; index -= 1) {
      const bytes = free[index];
      if (bytes === undefined || bytes.length < atLeastBytes) continue;
      if (bytes.length > Math.max(atLeastBytes, grainBytes) * mostSlack) continue;
      free.splice(index, 1);
      this.freeBytes -= bytes.length;
      return bytes;
    }
    return Buffer.allocUnsafeSlow(Math.ceil(atLeastBytes / grainBytes) * grainBytes);
  }

  /** Takes back what `take` gave. */
  give(bytes: Buffer): void {
    this.free.push(bytes);
    this.freeBytes += bytes.length;
    while (this.freeBytes > this.mostFreeBytes) this.freeBytes -= this.free.shift()?.length ?? 0;
  }
}

/** What batches and chunks of this process are held in. */
export const sharedPool: BytePool = new BytePool(32 * 1024 * 1024);
