import { entriesBatch } from '../codec/batch.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry } from '../event/entry.ts';

/** As many entries wait at most. */
const room = 1000;

/** Gathers single entries to batches: those that come in one turn of the event loop go on together, a batch a tag. */
export class EntryBasket {
  #entries = new Map<string, Entry[]>();
  #count = 0;
  #waiting: (() => void)[] = [];
  #wake: () => void = () => {};
  #isDue = false;
  /** Whether the last batches are on their way: nobody has asked for more. */
  #isPassing = false;
  #drained: (() => void)[] = [];
  #end: { readonly thrown: Error | undefined } | undefined;

  /** Undefined while there is room, else a promise of room. */
  put(tag: string, entry: Entry): Promise<void> | undefined {
    const sameTag = this.#entries.get(tag);
    if (sameTag === undefined) this.#entries.set(tag, [entry]);
    else sameTag.push(entry);
    this.#count += 1;
    if (this.#count === 1) setImmediate(() => this.#due());
    if (this.#count < room) return undefined;
    this.#due();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when nothing is in it, and what was has been passed on: undefined when that is so now. */
  drained(): Promise<void> | undefined {
    if (this.#count === 0 && !this.#isPassing) return undefined;
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Nothing more comes: what is there can still be had, and then `thrown` is thrown. */
  end(thrown?: Error): void {
    this.#end = { thrown };
    this.#due();
  }

  /** The next batches; undefined at the end. */
  async batches(): Promise<readonly EventBatch[] | undefined> {
    this.#isPassing = false;
    if (this.#count === 0) for (const resolve of this.#drained.splice(0)) resolve();
    while (!this.#isDue) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#count === 0 && this.#end !== undefined) {
      if (this.#end.thrown !== undefined) throw this.#end.thrown;
      return undefined;
    }
    const batches = [...this.#entries].map(([tag, entries]) => entriesBatch(tag, entries));
    this.#entries = new Map();
    this.#count = 0;
    this.#isPassing = true;
    this.#isDue = this.#end !== undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
    return batches;
  }

  #due(): void {
    this.#isDue = true;
    this.#wake();
  }
}
