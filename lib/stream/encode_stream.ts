import { Transform } from 'node:stream';
import { toError } from '../error.ts';
import { isBatch } from '../event/batch.ts';
import type { Formatter } from '../plugin/contract.ts';
import { notABatch } from './batch_error.ts';
import type { RefuseEntry } from './filter_stream.ts';

/** Batches in, bytes out: each batch as one piece, or as blocks of a file where the formatter makes files. A batch counts as delivered once its bytes are handed on. */
export class EncodeStream extends Transform {
  readonly #make: () => Promise<Formatter>;
  readonly #refuse: RefuseEntry;
  #format: Formatter = () => '';
  /** Whether what a file begins with is still to be written. */
  #isAtStart = true;

  /** `make` is called once, before the first batch; `refuse` gets the entries that cannot be formatted. */
  constructor(make: () => Promise<Formatter>, refuse: RefuseEntry) {
    super({ writableObjectMode: true, writableHighWaterMark: 1 });
    this.#make = make;
    this.#refuse = refuse;
  }

  override _construct(done: (error?: Error) => void): void {
    this.#make().then((format) => {
      this.#format = format;
      done();
    }, done);
  }

  override _transform(batch: unknown, _encoding: string, done: (error?: Error) => void): void {
    if (!isBatch(batch)) {
      done(notABatch('a formatter', batch));
      return;
    }
    const pieces: Uint8Array[] = [];
    try {
      for (const entry of batch.entries()) {
        let piece: string | Uint8Array;
        try {
          piece = this.#format(entry, batch.tag);
        } catch (thrown) {
          this.#refuse(batch.tag, entry, toError(thrown));
          continue;
        }
        pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
      }
    } catch (thrown) {
      const error = toError(thrown);
      batch.delivery.nack(error);
      done(error);
      return;
    }
    this.#give(pieces).then(
      () => {
        batch.delivery.ack();
        done();
      },
      (thrown) => {
        const error = toError(thrown);
        batch.delivery.nack(error);
        done(error);
      },
    );
  }

  /** A file of no entries has its beginning, too. */
  override _flush(done: (error?: Error) => void): void {
    this.#begin();
    done();
  }

  async #give(pieces: readonly Uint8Array[]): Promise<void> {
    if (pieces.length === 0) return;
    const whole = Buffer.concat(pieces);
    const { container } = this.#format;
    if (container === undefined) {
      this.push(whole);
      return;
    }
    this.#begin();
    for await (const packed of container.pack(asPieces(whole))) this.push(packed);
  }

  #begin(): void {
    const { container } = this.#format;
    if (this.#isAtStart && container !== undefined) this.push(container.head);
    this.#isAtStart = false;
  }
}

async function* asPieces(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  yield whole;
}
