import { entriesBatch } from '../../lib/codec/batch.ts';
import { MillraceError } from '../../lib/error.ts';
import { compileAccessor } from '../../lib/event/accessor.ts';
import type { EventBatch } from '../../lib/event/batch.ts';
import {
  type Entry,
  type EventRecord,
  type EventValue,
  type MutableRecord,
  RawString,
  setField,
} from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { array, boolean, custom, integer, oneOf, string } from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import { parseDurationMs, printDurationMs } from '../../lib/option/text.ts';
import type { PluginContext, ReceiptFeed } from '../../lib/plugin/context.ts';
import { defineOperator } from '../../lib/plugin/define.ts';
import { textOf } from '../../lib/plugin/field_text.ts';
import { type TimedStage, timedOperator } from '../../lib/plugin/timed_operator.ts';

const unitsMs: { readonly [word: string]: number } = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

const options = {
  count: oneOf(['events', 'receipts'], {
    doc: 'What is counted: `events` counts what passes here, which may not have arrived anywhere yet; `receipts` counts what outputs have delivered, wherever it came from: once, however many tries that took. What outputs deliver after this operator has ended, at shutdown, is not counted.',
    default: 'events',
  }),
  outputs: array({
    doc: 'With `receipts`: the ids of the outputs that count. Without it all do. (Count events themselves are never counted, if their output keeps the tag.)',
  }),
  unit: custom(
    {
      type: 'second|minute|hour|day|duration',
      fromText: readUnit,
      fromValue: (given: string | number) =>
        typeof given === 'number' ? aboveZero(given) : readUnit(String(given)),
      print: printDurationMs,
    },
    {
      doc: 'How often a count is emitted: each `second`, `minute`, `hour` or `day`, or a duration such as `30s`. (`count_interval` is another name for it.)',
      default: 60_000,
      aliases: ['countInterval'],
    },
  ),
  aggregate: oneOf(['tag', 'all'], {
    doc: 'Whether each tag is counted by itself, or all together. `all` emits a count of 0 too.',
    default: 'tag',
  }),
  outputStyle: oneOf(['joined', 'tagged'], {
    doc: 'With `aggregate tag`: `joined` emits one event with `app.web_count`, `app.web_bytes`, ... for all tags; `tagged` one for each tag, with `count`, `bytes`, ... and the `tag`.',
    default: 'joined',
  }),
  tag: string({
    doc: 'The tag of the count events: `count`, `bytes`, and both by the second, rounded down to hundredths, as `count_rate` and `bytes_rate`. They are routed by it behind this place.',
    default: 'flowcount',
  }),
  inputTagRemovePrefix: string({
    doc: 'A beginning of tags (`app` of `app.web`) that is left out of what the count events say.',
  }),
  countKeys: array({
    doc: 'Whose bytes are counted: fields, or `*` for whole events as a buffer holds them. Receipts know whole chunks only.',
    default: ['*'],
  }),
  deleteIdle: boolean({
    doc: 'Whether a tag without events is left out; otherwise it is counted as 0 once it has been seen.',
    default: false,
  }),
  maxTags: integer({
    doc: 'How many tags are counted by themselves at a time. What comes under further ones is counted together as `others`.',
    default: 10_000,
    min: 1,
  }),
};

export default defineOperator({
  type: 'flowcounter',
  doc: 'Counts the events that pass, or that outputs have delivered, and emits the counts as events. What passes is not changed.',
  options,
  create(given, context) {
    const { count, outputs, countKeys } = given;
    const isWhole = countKeys.includes('*');
    if (count === 'events') {
      if (outputs !== undefined) {
        throw new MillraceError('MR_OPTION', '`outputs` is for `count receipts` only');
      }
      const bytesOf = isWhole ? packedBytes : compileFieldBytes(countKeys);
      return timedOperator(context.clock, () => new Counting(given, context, bytesOf, undefined));
    }
    if (!isWhole) throw new MillraceError('MR_OPTION', '`count_keys` is for `count events` only');
    const feed = context.receipts(outputs);
    return timedOperator(context.clock, () => new Counting(given, context, packedBytes, feed));
  },
});

type BytesOf = (batch: EventBatch) => number;

/** What was counted of one tag since the last count event. */
interface Count {
  events: number;
  bytes: number;
}

const otherTags = 'others';
const allTags = '';

class Counting implements TimedStage {
  readonly #rules: Parsed<typeof options>;
  readonly #context: PluginContext;
  readonly #bytesOf: BytesOf;
  readonly #isByReceipt: boolean;
  readonly #unsubscribe: (() => void) | undefined;
  readonly #counts = new Map<string, Count>();
  #beganMs: number;
  #dueMs: number;

  constructor(
    rules: Parsed<typeof options>,
    context: PluginContext,
    bytesOf: BytesOf,
    feed: ReceiptFeed | undefined,
  ) {
    this.#rules = rules;
    this.#context = context;
    this.#bytesOf = bytesOf;
    this.#isByReceipt = feed !== undefined;
    this.#beganMs = context.clock.monotonicMs();
    this.#dueMs = this.#beganMs + rules.unit;
    if (rules.aggregate === 'all') this.#counts.set(allTags, { events: 0, bytes: 0 });
    this.#unsubscribe = feed?.(({ tag, count, bytes }) => {
      if (tag !== rules.tag) this.#add(tag, count, bytes);
    });
  }

  take(batch: EventBatch): EventBatch[] {
    if (!this.#isByReceipt) this.#add(batch.tag, batch.count, this.#bytesOf(batch));
    return [batch];
  }

  dueInMs(): number {
    return this.#dueMs - this.#context.clock.monotonicMs();
  }

  due(): EventBatch[] {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs < this.#dueMs) return [];
    // A process that slept does not make up for the counts that it missed.
    const missed = Math.floor((nowMs - this.#dueMs) / this.#rules.unit);
    this.#dueMs += (missed + 1) * this.#rules.unit;
    return this.#emit(nowMs);
  }

  end(): EventBatch[] {
    const isIdle = [...this.#counts.values()].every(({ events }) => events === 0);
    return isIdle ? [] : this.#emit(this.#context.clock.monotonicMs());
  }

  close(): void {
    this.#unsubscribe?.();
  }

  #add(tag: string, events: number, bytes: number): void {
    const count = this.#countOf(this.#rules.aggregate === 'all' ? allTags : this.#shownTag(tag));
    count.events += events;
    count.bytes += bytes;
  }

  #countOf(name: string): Count {
    const found = this.#counts.get(name);
    if (found !== undefined) return found;
    if (name !== otherTags && this.#counts.size >= this.#rules.maxTags) {
      return this.#countOf(otherTags);
    }
    const count = { events: 0, bytes: 0 };
    this.#counts.set(name, count);
    return count;
  }

  #shownTag(tag: string): string {
    const prefix = this.#rules.inputTagRemovePrefix;
    if (prefix === undefined || !tag.startsWith(`${prefix}.`)) return tag;
    return tag.slice(prefix.length + 1);
  }

  #emit(nowMs: number): EventBatch[] {
    const { tag } = this.#rules;
    const { sec, nsec } = this.#context.clock.now();
    const time = new EventTime(sec, nsec);
    const records = this.#records((nowMs - this.#beganMs) / 1000);
    this.#beganMs = nowMs;
    this.#reset();
    if (records.length === 0) return [];
    const batch = entriesBatch(
      tag,
      records.map((record): Entry => ({ time, record })),
    );
    batch.delivery.onSettled((outcome) => {
      if (!outcome.ok) this.#context.log.warn('a count event is lost', { error: outcome.cause });
    });
    return [batch];
  }

  #records(seconds: number): EventRecord[] {
    const { aggregate, outputStyle } = this.#rules;
    if (aggregate === 'all' || outputStyle === 'tagged') {
      return [...this.#counts].map(([tag, count]) => {
        const record = recordOf('', count, seconds);
        if (aggregate === 'tag') setField(record, 'tag', tag);
        return record;
      });
    }
    const joined: MutableRecord = {};
    for (const [tag, count] of this.#counts) recordOf(`${tag}_`, count, seconds, joined);
    return this.#counts.size === 0 ? [] : [joined];
  }

  #reset(): void {
    const { aggregate, deleteIdle, maxTags } = this.#rules;
    const isCrowded = this.#counts.size >= maxTags;
    for (const [name, count] of this.#counts) {
      if (aggregate === 'tag' && (deleteIdle || (isCrowded && count.events === 0))) {
        this.#counts.delete(name);
      }
      count.events = 0;
      count.bytes = 0;
    }
  }
}

function recordOf(
  prefix: string,
  { events, bytes }: Count,
  seconds: number,
  record: MutableRecord = {},
): MutableRecord {
  setField(record, `${prefix}count`, events);
  setField(record, `${prefix}bytes`, bytes);
  setField(record, `${prefix}count_rate`, rateOf(events, seconds));
  setField(record, `${prefix}bytes_rate`, rateOf(bytes, seconds));
  return record;
}

function rateOf(count: number, seconds: number): number {
  return seconds <= 0 ? 0 : Math.floor((count * 100) / seconds) / 100;
}

/** Bytes as a buffer holds them; about so many when a value cannot be packed, which is for others to judge. */
function packedBytes(batch: EventBatch): number {
  try {
    return batch.packed().length;
  } catch {
    return batch.sizeBytes;
  }
}

function compileFieldBytes(names: readonly string[]): BytesOf {
  const places = names.map(compileAccessor);
  return (batch) => {
    let bytes = 0;
    for (const { record } of batch.entries()) {
      for (const place of places) bytes += bytesIn(place.get(record));
    }
    return bytes;
  };
}

function bytesIn(value: EventValue | undefined): number {
  if (value instanceof RawString) return value.bytes.length;
  if (value instanceof Uint8Array) return value.length;
  try {
    return Buffer.byteLength(textOf(value));
  } catch {
    // What cannot be printed has no length; whoever prints it will say so.
    return 0;
  }
}

function readUnit(text: string): number {
  return aboveZero(unitsMs[text] ?? parseDurationMs(text));
}

function aboveZero(ms: number): number {
  if (ms > 0 && ms < Number.POSITIVE_INFINITY) return ms;
  throw new MillraceError('MR_OPTION', 'expected a duration above 0');
}
