import { toError } from '../error.ts';
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

  constructor(sink: OwnSink) {
    super(sink);
    this.#own = sink;
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
