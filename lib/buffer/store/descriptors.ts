import type { FileSystem } from './file_system.ts';

/** A chunk file that may be open for appending. */
export interface Openable {
  /** Its descriptor must not be closed: what is not yet synced could be lost without a word. */
  readonly isUnsafe: boolean;
}

/** Keeps a bounded number of chunk files open, those that were used last. */
export class Descriptors<F extends Openable> {
  readonly #files: FileSystem;
  readonly #limit: number;
  /** The one that was used longest ago is first. */
  readonly #open = new Map<F, number>();

  constructor(files: FileSystem, limit: number) {
    this.#files = files;
    this.#limit = limit;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The descriptor of a file that is open. */
  get(file: F): number | undefined {
    return this.#open.get(file);
  }

  /**
   * The descriptor of a file, opened by `open` unless it is; another one is closed for it if need be. Undefined
   * when the limit is reached and none can be closed. @throws what `open` throws
   */
  use(file: F, open: () => number): number | undefined {
    const known = this.#open.get(file);
    if (known !== undefined) {
      this.#open.delete(file);
      this.#open.set(file, known);
      return known;
    }
    if (this.#open.size >= this.#limit && !this.#closeOne()) return undefined;
    const opened = open();
    this.#open.set(file, opened);
    return opened;
  }

  /** Closes a file if it is open. */
  close(file: F): void {
    const descriptor = this.#open.get(file);
    if (descriptor === undefined) return;
    this.#open.delete(file);
    this.#files.close(descriptor);
  }

  closeAll(): void {
    for (const file of [...this.#open.keys()]) this.close(file);
  }

  #closeOne(): boolean {
    for (const file of this.#open.keys()) {
      if (file.isUnsafe) continue;
      this.close(file);
      return true;
    }
    return false;
  }
}
