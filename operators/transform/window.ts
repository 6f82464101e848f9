import { entriesBatch } from '../../lib/codec/batch.ts';
import { MillraceError, toError } from '../../lib/error.ts';
import type { EventBatch } from '../../lib/event/batch.ts';
import { Delivery } from '../../lib/event/delivery.ts';
import {
  type Entry,
  type EventRecord,
  type MutableRecord,
  setField,
} from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import type { Counter } from '../../lib/metric/metric.ts';
import {
  accessors,
  boolean,
  duration,
  integer,
  oneOf,
  sections,
  string,
} from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import { aggregateShape, compileAggregates } from '../../lib/plugin/aggregate.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import { defineOperator } from '../../lib/plugin/define.ts';
import { droppedCounter } from '../../lib/plugin/keep_entries.ts';
import { compileRecordKey, nameOfPlace } from '../../lib/plugin/record_key.ts';
import { compileTextTemplate, tagParts } from '../../lib/plugin/record_template.ts';
import { type TimedStage, timedOperator } from '../../lib/plugin/timed_operator.ts';
import { Groups, type OpenWindow } from '../../lib/plugin/window_groups.ts';

const options = {
  size: duration({
    doc: 'The length of a window. Windows follow one another without a gap and are aligned to the epoch: those of an hour begin at the full hour, those of a day at midnight UTC.',
    required: true,
  }),
  time: oneOf(['event', 'arrival'], {
    doc: 'Which window an event falls in: by its own time, or by the clock of this process when it arrives.',
    default: 'event',
  }),
  groupBy: accessors({
    doc: 'Fields whose values make a group; each group, of each tag, has windows of its own. The result has them under their names, a path with dots. An absent field counts as null.',
    default: [],
  }),
  aggregate: sections(aggregateShape, {
    doc: 'What is made of the events of a group in a window; at least one. Each is a field of the result.',
  }),
  lateness: duration({
    doc: 'How much later than its neighbours an event may come, by event time. A window is passed on when its group has an event that is so much later than its end, or when the clock gets there; a window of the past (old events that are read again) at the latest `size` and `lateness` after its first event.',
    default: 5000,
  }),
  late: oneOf(['drop', 'error'], {
    doc: 'What becomes of an event whose window has been passed on: `drop` drops and counts it, `error` sends it to `@ERROR`.',
    default: 'drop',
  }),
  tag: string({
    doc: 'The tag of results: `${tag}` and `${tag_parts[0]}` are of the tag that came in, `${record["host"]}` is a field of the result. Results are routed by it behind this place.',
    default: '${tag}',
  }),
  stamp: oneOf(['start', 'end'], {
    doc: 'Which end of its window is the time of a result. The start lies in the window, the end in the next one.',
    default: 'start',
  }),
  keepSource: boolean({
    doc: 'Passes on the events that came in, too. Give the results another `tag` then, to tell them apart.',
    default: false,
  }),
  settle: oneOf(['result', 'arrival'], {
    doc: 'When an event counts as done for its source: `result`, when the result that it went into does, so that a kill loses nothing, and a source that waits for it waits for the window; `arrival`, at once, and a kill loses what is in open windows.',
    default: 'result',
  }),
  maxGroups: integer({
    doc: 'How many windows may be open, and groups be known, at a time. When there is one more, the windows of the group that had an event least recently are passed on early; what still comes for them is passed on as a result of its own.',
    default: 10_000,
    min: 1,
  }),
};

export default defineOperator({
  type: 'window',
  doc: 'Aggregates the events of each group in windows of time that follow one another, and passes on one result for each. At the end of the source, windows are passed on as they are.',
  options,
  create(given, context) {
    const { size, groupBy, aggregate } = given;
    if (size <= 0) throw new MillraceError('MR_OPTION', 'operator `window`: `size` is not above 0');
    if (aggregate.length === 0) {
      throw new MillraceError('MR_OPTION', 'operator `window` needs at least one `<aggregate>`');
    }
    const names = groupBy.map(nameOfPlace);
    const startAggregation = compileAggregates(aggregate, names);
    const keyOf = groupBy.length === 0 ? () => '' : compileRecordKey(groupBy);
    const rules: Rules = { ...given, names, keyOf, tagOf: compileTag(given.tag, context) };
    const dropped = droppedCounter(context);
    return timedOperator(context.clock, () => {
      const groups = new Groups({
        ...given,
        isByEvent: given.time === 'event',
        clock: context.clock,
        startAggregation,
      });
      return new Windowing(rules, groups, context, dropped);
    });
  },
});

interface Rules extends Parsed<typeof options> {
  readonly names: readonly string[];
  readonly keyOf: (record: EventRecord) => string;
  readonly tagOf: (tag: string, result: Entry) => string;
}

class Windowing implements TimedStage {
  readonly #rules: Rules;
  readonly #groups: Groups;
  readonly #context: PluginContext;
  readonly #dropped: Counter;

  constructor(rules: Rules, groups: Groups, context: PluginContext, dropped: Counter) {
    this.#rules = rules;
    this.#groups = groups;
    this.#context = context;
    this.#dropped = dropped;
  }

  take(batch: EventBatch): EventBatch[] {
    const touched = new Set<OpenWindow>();
    for (const entry of batch.entries()) this.#add(batch.tag, entry, touched);
    const source = this.#settle(batch, [...touched]);
    return [...source, ...this.#results(this.#groups.takePassed())];
  }

  dueInMs(): number | undefined {
    return this.#groups.dueInMs();
  }

  due(): EventBatch[] {
    return this.#results(this.#groups.takeDue());
  }

  end(): EventBatch[] {
    return this.#results(this.#groups.takeAll());
  }

  #add(tag: string, entry: Entry, touched: Set<OpenWindow>): void {
    const { late, groupBy, keyOf } = this.#rules;
    try {
      const key = `${tag}\u0000${keyOf(entry.record)}`;
      const values = (): EventRecord[string][] =>
        groupBy.map((place) => place.get(entry.record) ?? null);
      const window = this.#groups.windowOf(key, tag, entry.time, values);
      if (window !== undefined) {
        touched.add(window);
        window.aggregation.add(entry.record);
      } else if (late === 'drop') this.#dropped.add();
      else throw new MillraceError('MR_EVENT', 'the event is late: its window has been passed on');
    } catch (thrown) {
      this.#context.emitError(tag, entry, toError(thrown));
    }
  }

  /** Shares the delivery of a batch out to the windows that it is in, and to itself if it goes on. */
  #settle(batch: EventBatch, windows: readonly OpenWindow[]): EventBatch[] {
    const { settle, keepSource } = this.#rules;
    const waits = settle === 'result' ? windows : [];
    const deliveries = batch.delivery.split(waits.length + (keepSource ? 1 : 0));
    for (const [index, window] of waits.entries()) {
      const delivery = deliveries[index];
      if (delivery !== undefined) window.deliveries.push(delivery);
    }
    const own = deliveries[waits.length];
    return own === undefined ? [] : [batch.derive({ delivery: own })];
  }

  /** Results of one tag go together, the oldest first. */
  #results(windows: readonly OpenWindow[]): EventBatch[] {
    const byTag = new Map<string, { entries: Entry[]; windows: OpenWindow[] }>();
    for (const window of windows.toSorted((one, other) => one.startMs - other.startMs)) {
      const entry = this.#resultOf(window);
      const tag = this.#tagOf(window, entry);
      if (tag === undefined) continue;
      const together = byTag.get(tag) ?? { entries: [], windows: [] };
      byTag.set(tag, together);
      together.entries.push(entry);
      together.windows.push(window);
    }
    return [...byTag].map(([tag, together]) => {
      const delivery = this.#deliveryOf(together.windows);
      return entriesBatch(tag, together.entries, { delivery });
    });
  }

  #resultOf({ startMs, group, aggregation }: OpenWindow): Entry {
    const { names, stamp, size } = this.#rules;
    const record: MutableRecord = {};
    for (const [index, name] of names.entries()) {
      setField(record, name, group.values[index] ?? null);
    }
    aggregation.writeTo(record);
    return { time: EventTime.fromMs(stamp === 'start' ? startMs : startMs + size), record };
  }

  /** Undefined when there is none: then the result has gone to `@ERROR`. */
  #tagOf({ group, deliveries }: OpenWindow, result: Entry): string | undefined {
    try {
      return this.#rules.tagOf(group.tag, result);
    } catch (thrown) {
      this.#context.emitError(group.tag, result, toError(thrown));
      Delivery.join(deliveries).ack();
      return undefined;
    }
  }

  #deliveryOf(windows: readonly OpenWindow[]): Delivery {
    const { settle } = this.#rules;
    const deliveries = windows.flatMap((window) => window.deliveries);
    const delivery = deliveries.length === 0 ? new Delivery() : Delivery.join(deliveries);
    delivery.onSettled((outcome) => {
      if (outcome.ok) return;
      // Its sources offer the events again: late as they are, they must find their windows.
      for (const window of windows) this.#groups.reopen(window);
      if (settle === 'arrival') {
        this.#context.log.error('results could not be passed on', { error: outcome.cause });
      }
    });
    return delivery;
  }
}

function compileTag(text: string, { hostname }: PluginContext): Rules['tagOf'] {
  const template = compileTextTemplate(text, {
    hostname,
    printTime: ({ sec }) => String(sec),
    keepsTypes: false,
    onUnknown: (placeholder) => {
      throw new MillraceError(
        'MR_OPTION',
        `operator \`window\`: unknown placeholder \`${placeholder}\` in \`tag\``,
      );
    },
  });
  return (tag, { time, record }) => template({ tag: tagParts(tag), time, record });
}
