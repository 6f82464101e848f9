import { Duplex } from 'node:stream';
import { MillraceError, systemCode, toError } from '../error.ts';
import type { TaggedEntry } from '../event/entry.ts';
import type { EntryFlow, EntryStage } from './entry_flow.ts';

/**
 * A Transform of a user as a stage on entries. Entries are written one at a time, the next one when it has called
 * back, so that the entry is known that it fails on; then another Transform is made. The first is made at once.
 * @throws MR_PLUGIN when what is made is no Transform in object mode
 */
export function transformStage(make: () => unknown): EntryStage {
  let first: Duplex | undefined = toDuplex(make());
  return async (flow) => {
    const stream = first ?? toDuplex(make());
    first = undefined;
    try {
      await new TransformRun(stream, flow).pass();
    } catch (thrown) {
      // It has ended early; that is for those to report who see that there is more.
      if (thrown !== endedEarly && systemCode(thrown) !== 'ERR_STREAM_PUSH_AFTER_EOF') throw thrown;
    } finally {
      stream.destroy();
    }
  };
}

const endedEarly = new Error('the Transform ended');

/** What a user's function made, if it is what a stage can be made of. @throws MR_PLUGIN */
function toDuplex(made: unknown): Duplex {
  const hint = 'give a function that makes one: `() => new Transform({ objectMode: true, ... })`';
  if (!(made instanceof Duplex)) {
    throw new MillraceError('MR_PLUGIN', 'the function did not make a Transform', { hint });
  }
  if (made.writableObjectMode && made.readableObjectMode) return made;
  throw new MillraceError('MR_PLUGIN', 'the Transform is not in object mode', { hint });
}

class TransformRun {
  readonly #stream: Duplex;
  readonly #flow: EntryFlow;
  #over: Error | undefined;
  #isFull = false;
  #isEnding = false;
  #finish: () => void = () => {};
  #reject: (cause: Error) => void = () => {};

  constructor(stream: Duplex, flow: EntryFlow) {
    this.#stream = stream;
    this.#flow = flow;
    // It stays, for a stream that is left behind may fail, too.
    stream.on('error', (cause: Error) => this.#fall(cause));
    stream.on('end', () => (this.#isEnding ? this.#finish() : this.#fall(endedEarly)));
    stream.on('close', () => {
      this.#fall(new MillraceError('MR_EVENT', 'the Transform was closed before its end'));
    });
    stream.on('readable', () => this.#drain());
    flow.signal.addEventListener('abort', () => stream.destroy(), { once: true });
  }

  /** Resolves when all has gone through. */
  async pass(): Promise<void> {
    for (;;) {
      if (this.#over !== undefined) throw this.#over;
      const taken = this.#flow.take();
      const entry = taken instanceof Promise ? await this.#unlessOver(taken) : taken;
      if (entry === undefined) break;
      await this.#write(entry);
      // What came out is lost if the next one fails.
      this.#drain();
    }
    this.#isEnding = true;
    this.#stream.end();
    await new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#reject = reject;
    });
  }

  #unlessOver<T>(taken: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      taken.then(resolve, reject);
    });
  }

  #write(entry: TaggedEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#stream.write(entry, (error) => (error ? reject(error) : resolve()));
    });
  }

  #drain(): void {
    while (!this.#isFull) {
      const value: unknown = this.#stream.read();
      if (value === null) return;
      try {
        this.#isFull = this.#mustWait(this.#flow.give(value));
      } catch (thrown) {
        this.#fall(toError(thrown));
      }
    }
  }

  #mustWait(room: Promise<void> | undefined): boolean {
    room?.then(() => {
      this.#isFull = false;
      this.#drain();
    });
    return room !== undefined;
  }

  #fall(cause: Error): void {
    this.#over ??= cause;
    this.#reject(cause);
  }
}
