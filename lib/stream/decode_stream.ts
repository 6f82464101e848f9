import { Transform } from 'node:stream';
import { entriesBatch } from '../codec/batch.ts';
import { toError } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import type { Splitter } from '../plugin/contract.ts';

/** Cuts bytes into texts, and reads the entries of each. */
export interface Decoder {
  readonly splitter: Splitter;
  /** Reads one text and appends its entries. @throws what is to fail the stream */
  read(text: Uint8Array, entries: Entry[]): void;
}

/** Bytes in, batches out: what came in at once comes out as one batch. */
export class DecodeStream extends Transform {
  readonly #make: () => Promise<Decoder>;
  readonly #tag: string;
  #decoder: Decoder | undefined;

  /** `make` is called once, before the first byte. */
  constructor(tag: string, make: () => Promise<Decoder>) {
    super({ readableObjectMode: true, readableHighWaterMark: 1 });
    this.#tag = tag;
    this.#make = make;
  }

  override _construct(done: (error?: Error) => void): void {
    this.#make().then((decoder) => {
      this.#decoder = decoder;
      done();
    }, done);
  }

  override _transform(bytes: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#give(done, (splitter) => splitter.push(bytes));
  }

  override _flush(done: (error?: Error) => void): void {
    this.#give(done, (splitter) => splitter.finish());
  }

  /** Gives what is complete after `advance`. */
  #give(done: (error?: Error) => void, advance: (splitter: Splitter) => void): void {
    const entries: Entry[] = [];
    let error: Error | undefined;
    try {
      if (this.#decoder !== undefined) readAll(this.#decoder, advance, entries);
    } catch (thrown) {
      error = toError(thrown);
    }
    // What was read before the fault is whole.
    if (entries.length > 0) this.push(entriesBatch(this.#tag, entries));
    done(error);
  }
}

function readAll(decoder: Decoder, advance: (splitter: Splitter) => void, entries: Entry[]): void {
  const { splitter } = decoder;
  advance(splitter);
  for (let text = splitter.next(); text !== undefined; text = splitter.next()) {
    decoder.read(text, entries);
  }
}
