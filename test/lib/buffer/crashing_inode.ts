/** What becomes of each thing that was not yet safe: whether it reaches the disk. */
export type Luck = () => boolean;

/**
 * A file on a disk that can lose its power: what processes see of it, and what is on the disk. A sector is written
 * whole or not at all, each by itself, and the length by itself too: it may be there before the bytes are, which then
 * read as zeros or as what the sector held before, or after them.
 */
export class CrashingInode {
  seen: Buffer = Buffer.alloc(0);
  readonly #sectorBytes: number;
  #safe: Buffer = Buffer.alloc(0);
  #safeLength = 0;
  /** Sectors that were written and did not reach the disk yet. */
  #dirty = new Set<number>();
  /** Sectors whose sync failed: the system takes them for clean, and forgets them some time. */
  readonly #lost = new Set<number>();
  /** The lengths that the file had since the last one that reached the disk. */
  #lengths: number[] = [];

  constructor(sectorBytes: number, content: Uint8Array = Buffer.alloc(0)) {
    this.#sectorBytes = sectorBytes;
    this.seen = Buffer.from(content);
    this.#safe = Buffer.from(content);
    this.#safeLength = content.length;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (bytes.length === 0) return;
    if (end > this.seen.length) {
      this.seen = resized(this.seen, end);
      this.#lengths.push(end);
    }
    this.seen.set(bytes, position);
    this.#touch(position, end);
  }

  truncate(length: number): void {
    this.seen = resized(this.seen, length);
    this.#lengths.push(length);
    const sectors = Math.ceil(length / this.#sectorBytes);
    for (const set of [this.#dirty, this.#lost]) {
      for (const each of set) if (each >= sectors) set.delete(each);
    }
    // The rest of its last sector is made zero.
    if (length % this.#sectorBytes > 0) this.#touch(length - 1, length);
  }

  sync(): void {
    for (const each of this.#dirty) this.#save(each);
    this.#dirty.clear();
    this.#safeLength = this.seen.length;
    this.#lengths = [];
  }

  /** A sync that fails: some of it is done, of the rest the system forgets that it was to be done. */
  failSync(luck: Luck): void {
    this.writeBack(luck);
    for (const each of this.#dirty) this.#lost.add(each);
    this.#dirty.clear();
  }

  /** Some of what is not safe reaches the disk, as it does at any time; some of what was lost is seen to be. */
  writeBack(luck: Luck): void {
    for (const each of this.#dirty) {
      if (!luck()) continue;
      this.#save(each);
      this.#dirty.delete(each);
    }
    while (this.#lengths.length > 0 && luck()) this.#safeLength = this.#lengths.shift() ?? 0;
    for (const each of this.#lost) {
      if (!luck()) continue;
      this.#lost.delete(each);
      this.#forget(each);
    }
  }

  cutPower(luck: Luck): void {
    this.writeBack(luck);
    this.#safe = resized(this.#safe, this.#safeLength);
    this.seen = Buffer.from(this.#safe);
    this.#dirty.clear();
    this.#lost.clear();
    this.#lengths = [];
  }

  #touch(start: number, end: number): void {
    const last = Math.floor((end - 1) / this.#sectorBytes);
    for (let each = Math.floor(start / this.#sectorBytes); each <= last; each += 1) {
      this.#dirty.add(each);
      this.#lost.delete(each);
    }
  }

  #save(sector: number): void {
    const start = sector * this.#sectorBytes;
    const bytes = this.seen.subarray(start, start + this.#sectorBytes);
    if (start + bytes.length > this.#safe.length) {
      this.#safe = resized(this.#safe, start + bytes.length);
    }
    this.#safe.set(bytes, start);
  }

  #forget(sector: number): void {
    const start = sector * this.#sectorBytes;
    const end = Math.min(start + this.#sectorBytes, this.seen.length);
    this.seen.fill(0, start, end);
    this.seen.set(this.#safe.subarray(start, end), start);
  }
}

function resized(bytes: Buffer, length: number): Buffer {
  if (length <= bytes.length) return Buffer.from(bytes.subarray(0, length));
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}
