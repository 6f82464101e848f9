import { MillraceError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Log } from '../log.ts';
import type { OutputStream } from '../stream/output_stream.ts';
import type { Door } from './door.ts';

interface Waiting {
  readonly batch: EventBatch;
  readonly resolve: () => void;
}

/** Batches that somebody wants to know to have passed. */
interface Passing {
  readonly batches: Set<EventBatch>;
  readonly resolve: () => void;
}

/**
 * The door of an output's stream. Batches enter first come, first served; only a caller whose batch finds the
 * stream full waits. A stream that fails or is closed by someone is replaced; no other node notices.
 */
export class Outlet implements Door {
  readonly #open: () => OutputStream;
  readonly #log: Log;
  readonly #waiting: Waiting[] = [];
  readonly #inside = new Set<EventBatch>();
  /** Callers whose batches have entered and left no room. */
  readonly #blocked: (() => void)[] = [];
  readonly #passing = new Set<Passing>();
  #stream: OutputStream;
  #isEnded = false;
  #isRefusing = false;

  constructor(open: () => OutputStream, log: Log) {
    this.#open = open;
    this.#log = log;
    this.#stream = this.#attach();
  }

  /** The stream behind the door now. */
  get stream(): OutputStream {
    return this.#stream;
  }

  offer(batch: EventBatch): Promise<void> | undefined {
    if (this.#isEnded) return refuse(batch);
    if (this.#waiting.length === 0 && !this.#stream.writableNeedDrain) {
      this.#write(batch);
      if (!this.#stream.writableNeedDrain) return undefined;
      return new Promise((resolve) => this.#blocked.push(resolve));
    }
    if (this.#isRefusing) return refuse(batch);
    return new Promise((resolve) => this.#waiting.push({ batch, resolve }));
  }

  /** Resolves when the batches that wait here now, or are on their way in, have been taken or refused. */
  async passed(): Promise<void> {
    const waiting = this.#waiting.map(({ batch }) => batch);
    const batches = new Set([...this.#inside, ...waiting]);
    if (batches.size === 0) return;
    await new Promise<void>((resolve) => this.#passing.add({ batches, resolve }));
  }

  /** From now on a batch that would have to wait is nacked instead, so that its source can stop. */
  refuseWaiting(): void {
    this.#isRefusing = true;
    this.#nackWaiting();
  }

  /** Batches may wait again: nothing that waits keeps a source from stopping any more. */
  admitWaiting(): void {
    this.#isRefusing = false;
  }

  /** Takes nothing more and forgets the stream; what stands behind it is closed by its owner. */
  close(): void {
    this.#isEnded = true;
    this.#nackWaiting();
    this.#stream.destroy();
  }

  #attach(): OutputStream {
    const stream = this.#open();
    stream.on('drain', () => this.#makeRoom());
    stream.on('error', (thrown: Error) => {
      this.#log.error('the stream of an output failed', { error: thrown });
    });
    stream.once('close', () => {
      this.#nackInside(stream);
      if (!this.#isEnded) {
        this.#log.warn('the stream of an output was closed; it is opened again');
        this.#stream = this.#attach();
      }
      this.#makeRoom();
    });
    return stream;
  }

  #makeRoom(): void {
    while (this.#waiting.length > 0 && !this.#stream.writableNeedDrain && !this.#isEnded) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#write(next.batch);
      next.resolve();
    }
    for (const resolve of this.#blocked.splice(0)) resolve();
  }

  #write(batch: EventBatch): void {
    const stream = this.#stream;
    this.#inside.add(batch);
    stream.write(batch, (error) => {
      const wasInside = this.#inside.delete(batch);
      if (error && wasInside && !stream.hasTaken(batch)) refuse(batch, error);
      this.#hasPassed(batch);
    });
  }

  /** A destroyed Duplex forgets what it holds without a word. */
  #nackInside(stream: OutputStream): void {
    const cause = new MillraceError('MR_OUTPUT', 'the stream of the output was closed');
    for (const batch of this.#inside) {
      if (!stream.hasTaken(batch)) refuse(batch, cause);
      this.#hasPassed(batch);
    }
    this.#inside.clear();
  }

  #nackWaiting(): void {
    for (const { batch, resolve } of this.#waiting.splice(0)) {
      refuse(batch);
      this.#hasPassed(batch);
      resolve();
    }
  }

  #hasPassed(batch: EventBatch): void {
    for (const passing of this.#passing) {
      if (!passing.batches.delete(batch) || passing.batches.size > 0) continue;
      this.#passing.delete(passing);
      passing.resolve();
    }
  }
}

function refuse(batch: EventBatch, cause?: Error): undefined {
  batch.delivery.nack(cause ?? new MillraceError('MR_STOPPED', 'the pipeline is stopping'));
}
