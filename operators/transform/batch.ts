import type { Clock } from '../../lib/clock.ts';
import { packedBatch } from '../../lib/codec/batch.ts';
import { entryEnds } from '../../lib/codec/entry_codec.ts';
import type { EventBatch } from '../../lib/event/batch.ts';
import { Delivery } from '../../lib/event/delivery.ts';
import { duration, integer, size } from '../../lib/option/declare.ts';
import { defineOperator } from '../../lib/plugin/define.ts';
import { type TimedStage, timedOperator } from '../../lib/plugin/timed_operator.ts';

export default defineOperator({
  type: 'batch',
  doc: 'Regroups the events of each tag into batches of a given size, in their order. What goes in is acknowledged when everything that it came out in is.',
  options: {
    size: integer({
      doc: 'A batch is passed on when it has so many events. Larger ones are cut.',
      default: 1000,
      min: 1,
    }),
    bytes: size({
      doc: 'A batch is passed on before it has more than so many bytes of packed events. An event that is larger alone is a batch of its own.',
      default: 1024 * 1024,
    }),
    maxWait: duration({
      doc: 'How old the first event of a batch may become before the batch is passed on as it is.',
      default: 1000,
    }),
    maxTags: integer({
      doc: 'How many tags may have a batch in the making. When there is one more, the oldest batch is passed on as it is.',
      default: 1000,
      min: 1,
    }),
  },
  create: (options, { clock }) => timedOperator(clock, () => new Regrouping(options, clock)),
});

interface Limits {
  readonly size: number;
  readonly bytes: number;
  readonly maxWait: number;
  readonly maxTags: number;
}

/** Part of a batch that came in, or the whole of it. */
interface Part {
  readonly batch: EventBatch;
  readonly delivery: Delivery;
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** A batch in the making. */
interface OpenBatch {
  readonly dueMs: number;
  readonly parts: Part[];
  count: number;
  sizeBytes: number;
}

/** Entries that belong together; `isNew`: what was there before is complete without them. */
interface Span {
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  readonly isNew: boolean;
}

class Regrouping implements TimedStage {
  readonly #limits: Limits;
  readonly #clock: Clock;
  /** By tag, the oldest first. */
  readonly #open = new Map<string, OpenBatch>();

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  *take(batch: EventBatch): Generator<EventBatch> {
    const { tag } = batch;
    const bytes = packedOf(batch);
    if (bytes === undefined) {
      yield* this.#close(tag);
      yield batch;
      return;
    }
    const spans = this.#spans(bytes, batch.count, this.#open.get(tag));
    const deliveries = batch.delivery.split(spans.length);
    for (const [index, { begin, end, count, isNew }] of spans.entries()) {
      const delivery = deliveries[index];
      if (delivery === undefined) continue;
      if (isNew) yield* this.#close(tag);
      this.#append(tag, { batch, delivery, bytes: bytes.subarray(begin, end), count });
      if (this.#isFull(tag)) yield* this.#close(tag);
    }
    if (this.#open.size > this.#limits.maxTags) yield* this.#close(this.#oldest()?.[0]);
  }

  dueInMs(): number | undefined {
    const oldest = this.#oldest()?.[1];
    return oldest === undefined ? undefined : oldest.dueMs - this.#clock.monotonicMs();
  }

  *due(): Generator<EventBatch> {
    const nowMs = this.#clock.monotonicMs();
    for (const [tag, { dueMs }] of this.#open) {
      if (dueMs > nowMs) return;
      yield* this.#close(tag);
    }
  }

  *end(): Generator<EventBatch> {
    for (const tag of this.#open.keys()) yield* this.#close(tag);
  }

  /** Where packed entries are to be cut, given what they are appended to. */
  #spans(bytes: Uint8Array, count: number, open: OpenBatch | undefined): Span[] {
    const { size: most, bytes: mostBytes } = this.#limits;
    let held = open?.count ?? 0;
    let heldBytes = open?.sizeBytes ?? 0;
    if (count === 0) return [];
    if (held + count <= most && heldBytes + bytes.length <= mostBytes) {
      return [{ begin: 0, end: bytes.length, count, isNew: false }];
    }
    const spans: Span[] = [];
    let begin = 0;
    let spanCount = 0;
    let last = 0;
    let isNew = false;
    for (const end of entryEnds(bytes)) {
      const length = end - last;
      if (held > 0 && (held + 1 > most || heldBytes + length > mostBytes)) {
        if (spanCount > 0) spans.push({ begin, end: last, count: spanCount, isNew });
        begin = last;
        spanCount = 0;
        isNew = true;
        held = 0;
        heldBytes = 0;
      }
      last = end;
      spanCount += 1;
      held += 1;
      heldBytes += length;
    }
    spans.push({ begin, end: last, count: spanCount, isNew });
    return spans;
  }

  #append(tag: string, part: Part): void {
    let open = this.#open.get(tag);
    if (open === undefined) {
      const dueMs = this.#clock.monotonicMs() + this.#limits.maxWait;
      open = { dueMs, parts: [], count: 0, sizeBytes: 0 };
      this.#open.set(tag, open);
    }
    open.parts.push(part);
    open.count += part.count;
    open.sizeBytes += part.bytes.length;
  }

  #isFull(tag: string): boolean {
    const open = this.#open.get(tag);
    if (open === undefined) return false;
    return open.count >= this.#limits.size || open.sizeBytes >= this.#limits.bytes;
  }

  *#close(tag: string | undefined): Generator<EventBatch> {
    const open = tag === undefined ? undefined : this.#open.get(tag);
    if (tag === undefined || open === undefined) return;
    this.#open.delete(tag);
    const { parts, count } = open;
    const [first] = parts;
    // What goes out as it came in keeps its origin: a repetition of it is known by that.
    if (parts.length === 1 && first?.count === first?.batch.count) {
      if (first !== undefined) yield first.batch;
      return;
    }
    const bytes = parts.length === 1 && first !== undefined ? first.bytes : joined(parts);
    const delivery = Delivery.join(parts.map((part) => part.delivery));
    yield packedBatch(tag, bytes, count, { delivery });
  }

  #oldest(): [string, OpenBatch] | undefined {
    for (const each of this.#open) return each;
    return undefined;
  }
}

/** Undefined when a value cannot be packed: that is for those to judge who must store it. */
function packedOf(batch: EventBatch): Uint8Array | undefined {
  try {
    return batch.packed();
  } catch {
    return undefined;
  }
}

function joined(parts: readonly Part[]): Uint8Array {
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}
