import type { ReadingFiles } from './file_system.ts';

/** A window that moves over a file, so that a file of any size is read in bounded memory. */
export class Window {
  /** The bytes that are in sight; `at` of `see` points into it. Valid until the next `see`. */
  bytes: Buffer;
  readonly #files: ReadingFiles;
  readonly #file: number;
  readonly #end: number;
  #start = 0;
  #length = 0;

  /** Looks at `file` up to `end`, at `sizeBytes` at a time. */
  constructor(files: ReadingFiles, file: number, end: number, sizeBytes: number) {
    this.#files = files;
    this.#file = file;
    this.#end = end;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(1, Math.min(sizeBytes, end)));
  }

  /** How many bytes can be in sight at once. */
  get sizeBytes(): number {
    return this.bytes.length;
  }

  /** How many bytes are in sight from `position` on, after `see`. */
  inSight(position: number): number {
    return Math.max(0, this.#start + this.#length - position);
  }

  /**
   * Brings the bytes from `position` on in sight, `length` of them unless the file ends before or they exceed
   * the window. Returns their place in `bytes`.
   */
  async see(position: number, length: number): Promise<number> {
    const wanted = Math.min(length, this.#end - position, this.bytes.length);
    const isInSight = position >= this.#start && position + wanted <= this.#start + this.#length;
    if (!isInSight) await this.#move(position);
    return position - this.#start;
  }

  async #move(position: number): Promise<void> {
    this.#start = position;
    this.#length = 0;
    const wanted = Math.min(this.bytes.length, this.#end - position);
    while (this.#length < wanted) {
      const target = this.bytes.subarray(this.#length, wanted);
      const read = await this.#files.read(this.#file, target, position + this.#length);
      if (read === 0) return;
      this.#length += read;
    }
  }
}
