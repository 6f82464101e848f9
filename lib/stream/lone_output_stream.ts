import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import { OutputStream, type Sink } from './output_stream.ts';

/** A sink that lives as long as its stream. */
export interface OwnSink extends Sink {
  /** Called once, before anything else. */
  open(): Promise<void>;
  /** Called once, after everything else. */
  close(): Promise<void>;
}

/** The stream of an output outside of any graph: it opens what stands behind it, and closes it again. */
export class LoneOutputStream extends OutputStream {
  readonly #own: OwnSink;

  /** `make` is called once, when the stream is first used. */
  constructor(make: () => Promise<OwnSink>) {
    const own = new LateSink(make);
    super(own);
    this.#own = own;
  }

  override _construct(done: (error?: Error) => void): void {
    this.#own.open().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    super._destroy(error, (cause) => {
      this.#own.close().then(
        () => done(cause),
        (thrown) => done(cause ?? toError(thrown)),
      );
    });
  }
}

/** A sink that is made when it is opened. */
class LateSink implements OwnSink {
  readonly #make: () => Promise<OwnSink>;
  #sink: OwnSink | undefined;

  constructor(make: () => Promise<OwnSink>) {
    this.#make = make;
  }

  async open(): Promise<void> {
    this.#sink = await this.#make();
    await this.#sink.open();
  }

  append(batch: EventBatch): Promise<void> | undefined {
    return this.#sink?.append(batch);
  }

  async flush(): Promise<void> {
    await this.#sink?.flush();
  }

  async close(): Promise<void> {
    await this.#sink?.close();
  }
}
