import type { Memory } from '../event/undecoded.ts';

/** Memory that is lent: whoever has come to know that nobody looks at it any more gives it back. Kept, it is garbage like any other. */
export interface Loan {
  readonly bytes: Buffer;
  /** To be called at most once. The bytes may change from then on. */
  release(): void;
}

/** Bytes of somebody else's, possibly in memory that is used again. */
export interface LentBytes {
  readonly bytes: Uint8Array;
  /** To be called at most once, when the bytes are not needed any more; absent when nobody waits for them. */
  readonly release?: (() => void) | undefined;
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

/** Memory that is new each time, and nobody else's. */
export const newMemory: Memory = { take: (length) => Buffer.allocUnsafeSlow(length) };

/** Memory of a pool for one purpose; all of it goes back together. */
export class PooledMemory implements Memory {
  private readonly pool: BytePool;
  private readonly taken: Buffer[] = [];

  constructor(pool: BytePool) {
    this.pool = pool;
  }

  take(atLeastBytes: number): Buffer {
    const bytes = this.pool.take(atLeastBytes);
    this.taken.push(bytes);
    return bytes;
  }

  /** To be called at most once. */
  release(): void {
    for (const bytes of this.taken) this.pool.give(bytes);
  }
}

/** One loan for several: it goes back once all of them have released it. */
export class SharedLoan {
  private readonly giveBack: () => void;
  private users = 1;

  /** The first user is whoever makes it. */
  constructor(giveBack: () => void) {
    this.giveBack = giveBack;
  }

  /** There is one user more. One that never releases it keeps it for good. */
  use(): void {
    this.users += 1;
  }

  /** To be called once by each user. */
  release(): void {
    this.users -= 1;
    if (this.users === 0) this.giveBack();
  }
}

/**
 * What batches and chunks of this process are held in. It keeps all that a relay at full load has in use: with less,
 * memory is given up and asked for again without end, and the process grows by the holes between.
 */
export const sharedPool: BytePool = new BytePool(64 * 1024 * 1024);
