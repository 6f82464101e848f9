import { delay } from '../../lib/clock.ts';
import { toError } from '../../lib/error.ts';
import type { EventBatch } from '../../lib/event/batch.ts';
import type { Delivery } from '../../lib/event/delivery.ts';
import type { Entry } from '../../lib/event/entry.ts';
import { accessors, duration, integer, oneOf } from '../../lib/option/declare.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import type { Operator } from '../../lib/plugin/contract.ts';
import { defineOperator } from '../../lib/plugin/define.ts';
import { compileKeepEntries } from '../../lib/plugin/keep_entries.ts';
import { compileRecordKey } from '../../lib/plugin/record_key.ts';

export default defineOperator({
  type: 'throttle',
  doc: 'Lets so many events of a group through in a time, and drops the others or makes them wait.',
  options: {
    rate: integer({
      doc: 'How many events of each group pass in each `period`.',
      required: true,
      min: 1,
    }),
    period: duration({
      doc: 'The length of a period. The first period of a group begins with its first event, the next one with the first event after the end of the last.',
      default: 1000,
    }),
    groupBy: accessors({
      doc: 'Fields whose values make a group, each with a rate of its own; an absent field counts as null. Without it all events are one group.',
      default: [],
    }),
    action: oneOf(['drop', 'wait'], {
      doc: 'What becomes of the events beyond the rate: `drop` drops and counts them; `wait` keeps them, and everything behind them, waiting for the next period, which the source feels as backpressure.',
      default: 'drop',
    }),
    maxGroups: integer({
      doc: 'How many groups are remembered at most. Beyond it the one that had an event least recently is forgotten: its next event begins a new period.',
      default: 10_000,
      min: 1,
    }),
  },
  create({ rate, period: periodMs, groupBy, action, maxGroups }, context): Operator {
    const keyOf = groupBy.length === 0 ? () => '' : compileRecordKey(groupBy);
    const makeQuotas = (): Quotas => new Quotas(rate, periodMs, maxGroups);
    if (action === 'wait') {
      return (source, signal) => waiting({ source, signal, keyOf, quotas: makeQuotas(), context });
    }
    const keep = compileKeepEntries(context);
    return async function* (source) {
      const quotas = makeQuotas();
      for await (const batch of source) {
        const nowMs = context.clock.monotonicMs();
        const kept = keep(batch, ({ record }) => quotas.take(keyOf(record), nowMs) === 0);
        if (kept !== undefined) yield kept;
      }
    };
  },
});

interface Waiting {
  readonly source: AsyncIterable<EventBatch>;
  readonly signal: AbortSignal;
  readonly keyOf: (record: Entry['record']) => string;
  readonly quotas: Quotas;
  readonly context: PluginContext;
}

async function* waiting({ source, signal, keyOf, quotas, context }: Waiting) {
  const { clock } = context;
  for await (const batch of source) {
    const keyed = keyedEntries(batch, keyOf, context);
    const piece = (begin: number, end: number, delivery: Delivery): EventBatch => {
      const entries = keyed.slice(begin, end).map(({ entry }) => entry);
      // Where it is cut depends on the moment: a repetition of the batch is cut elsewhere.
      return batch.with(entries).derive({ delivery, origin: undefined });
    };
    let rest = batch.delivery;
    let passed = 0;
    for (const [index, { key }] of keyed.entries()) {
      let waitMs = quotas.take(key, clock.monotonicMs());
      if (waitMs > 0 && index > passed) {
        const [head = rest, tail = rest] = rest.split(2);
        yield piece(passed, index, head);
        rest = tail;
        passed = index;
        waitMs = quotas.take(key, clock.monotonicMs());
      }
      // Once may not be enough: a timer may be early.
      while (waitMs > 0) {
        await delay(clock, waitMs, signal);
        if (signal.aborted) return;
        waitMs = quotas.take(key, clock.monotonicMs());
      }
    }
    if (keyed.length === 0) rest.ack();
    else if (passed === 0 && keyed.length === batch.count) yield batch;
    else yield piece(passed, keyed.length, rest);
  }
}

interface Keyed {
  readonly entry: Entry;
  readonly key: string;
}

/** The entries with their groups; one that can have none concerns no other. */
function keyedEntries(
  batch: EventBatch,
  keyOf: Waiting['keyOf'],
  context: PluginContext,
): readonly Keyed[] {
  const keyed: Keyed[] = [];
  for (const entry of batch.entries()) {
    try {
      keyed.push({ entry, key: keyOf(entry.record) });
    } catch (thrown) {
      context.emitError(batch.tag, entry, toError(thrown));
    }
  }
  return keyed;
}

interface Quota {
  endMs: number;
  left: number;
}

/** What each group may still let through in its period, the least recently used group first. */
class Quotas {
  readonly #rate: number;
  readonly #periodMs: number;
  readonly #maxGroups: number;
  readonly #quotas = new Map<string, Quota>();

  constructor(rate: number, periodMs: number, maxGroups: number) {
    this.#rate = rate;
    this.#periodMs = periodMs;
    this.#maxGroups = maxGroups;
  }

  /** Takes one of the group's quota and gives 0, or gives the milliseconds until there is one. */
  take(key: string, nowMs: number): number {
    const quota = this.#find(key, nowMs);
    if (nowMs >= quota.endMs) {
      quota.endMs = nowMs + this.#periodMs;
      quota.left = this.#rate;
    }
    if (quota.left === 0) return quota.endMs - nowMs;
    quota.left -= 1;
    return 0;
  }

  #find(key: string, nowMs: number): Quota {
    const found = this.#quotas.get(key);
    const quota = found ?? { endMs: nowMs, left: 0 };
    this.#quotas.delete(key);
    this.#quotas.set(key, quota);
    if (found === undefined && this.#quotas.size > this.#maxGroups) {
      for (const oldest of this.#quotas.keys()) {
        this.#quotas.delete(oldest);
        break;
      }
    }
    return quota;
  }
}
