import { randomBytes } from 'node:crypto';
import { Templates } from '../buffer/placeholder.ts';
import type { Clock } from '../clock.ts';
import { toError } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import { utcZone } from '../event/time_zone.ts';
import type { Log } from '../log.ts';
import type { Chunk, Output, Receipt } from '../plugin/contract.ts';
import type { Sink } from '../stream/output_stream.ts';

/** What a direct sink is made of. */
export interface DirectSetup {
  readonly id: string;
  readonly output: Output;
  readonly clock: Clock;
  readonly log: Log;
  readonly onReceipt: (receipt: Receipt) => Promise<void> | undefined;
}

const keyedByTag = { usesTag: true, usesTime: false, fields: [], zone: utcZone };

/** An output without a buffer: each batch is a chunk of its own, written at once, one after the other. */
export class DirectSink implements Sink {
  readonly #setup: DirectSetup;
  readonly #abort = new AbortController();
  readonly #templates: Templates;
  #last: Promise<void> = Promise.resolve();
  #isOpen = false;

  constructor(setup: DirectSetup) {
    this.#setup = setup;
    this.#templates = new Templates(keyedByTag, setup.log);
  }

  append(batch: EventBatch): Promise<void> {
    this.#last = this.#last.then(() => this.#write(batch));
    return this.#last;
  }

  flush(): Promise<void> {
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#last;
    this.#abort.abort();
  }

  async #write(batch: EventBatch): Promise<void> {
    const { id, output, clock, log, onReceipt } = this.#setup;
    const beganMs = clock.monotonicMs();
    try {
      if (!this.#isOpen) await output.open?.(this.#abort.signal);
      this.#isOpen = true;
      const chunk = chunkOf(batch, output, clock, this.#templates);
      await output.write(chunk, this.#abort.signal);
      batch.delivery.ack();
      const latencyMs = clock.monotonicMs() - beganMs;
      const { tag, count, sizeBytes: bytes } = chunk;
      await onReceipt({
        outputId: id,
        chunkId: chunk.id,
        tag,
        count,
        bytes,
        attempts: 1,
        latencyMs,
      });
    } catch (thrown) {
      log.error('an event batch could not be written', { tag: batch.tag, error: thrown });
      batch.delivery.nack(toError(thrown));
    }
  }
}

function chunkOf(batch: EventBatch, output: Output, clock: Clock, templates: Templates): Chunk {
  const { tag } = batch;
  const key = { tag, timekey: undefined, variables: new Map<string, string>() };
  const id = randomBytes(16).toString('hex');
  const chunk: Chunk = {
    id,
    key,
    tag,
    count: batch.count,
    sizeBytes: batch.sizeBytes,
    createdMs: clock.nowMs(),
    attempts: 0,
    origin: batch.origin,
    isFormatted: output.format !== undefined,
    async *bytes() {
      if (output.format === undefined) yield batch.packed();
      else yield formatAll(batch, output);
    },
    async *entries() {
      yield batch.entries();
    },
    expand: (template) => templates.expand(template, id, key),
  };
  return chunk;
}

function formatAll(batch: EventBatch, output: Output): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const entry of batch.entries()) {
    const piece = output.format?.(entry, batch.tag) ?? '';
    pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  }
  return Buffer.concat(pieces);
}
