import { rm } from 'node:fs/promises';
import { type Clock, delay } from '../clock.ts';
import { entriesBatch } from '../codec/batch.ts';
import type { Delivery } from '../event/delivery.ts';
import type { Entry, EventRecord, TaggedEntry } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { Pipeline } from '../graph/pipeline.ts';
import type { LogLine } from '../log.ts';
import type { MetricRegistry } from '../metric/metric.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunStats } from '../plan/running.ts';
import type { Receipt } from '../plugin/contract.ts';
import { readStats } from '../process/run_stats.ts';
import type { CapturedChunk } from './capture.ts';
import { type DeadLetter, readDeadLetters } from './dead_letters.ts';
import { type TestTime, toTime } from './event.ts';
import type { FailedEvent, Recording } from './recording.ts';
import { noSuchNode, type TestEnds } from './replace_ends.ts';
import { settled } from './settled.ts';
import { TestClock } from './test_clock.ts';

/** What may be said of events that are fed. */
export interface FeedOptions {
  /** The clock's time unless given. */
  readonly time?: TestTime | undefined;
  /** The id of the input that they come from; the first one unless given. */
  readonly input?: string | undefined;
}

/** What a test run is made of. */
export interface TestRunSetup {
  readonly plan: Plan;
  readonly pipeline: Pipeline;
  readonly ends: TestEnds;
  readonly recording: Recording;
  readonly clock: Clock;
  /** Where its dead letters lie. */
  readonly folder: string;
}

/** A pipeline in the hands of a test: fed, watched, and moved through time. `await using` stops it. */
export class TestRun implements AsyncDisposable {
  readonly clock: Clock;
  /** What went to `@ERROR`, or became a dead letter for want of it. */
  readonly errors: readonly FailedEvent[];
  /** Events whose tag no match wanted. */
  readonly unmatched: readonly TaggedEntry[];
  readonly receipts: readonly Receipt[];
  readonly logs: readonly LogLine[];
  /** What plugins wrote to the standard output. */
  readonly printed: readonly string[];
  readonly metrics: MetricRegistry;
  readonly #setup: TestRunSetup;
  #lastLetters: readonly DeadLetter[] | undefined;

  constructor(setup: TestRunSetup) {
    this.#setup = setup;
    this.clock = setup.clock;
    const { errors, unmatched, receipts, logs, printed, metrics } = setup.recording;
    this.errors = errors;
    this.unmatched = unmatched;
    this.receipts = receipts;
    this.logs = logs;
    this.printed = printed;
    this.metrics = metrics;
  }

  /**
   * Feeds a batch of one record, or of several. Resolves when everything that can go on without time passing has
   * done so; the delivery tells whether the batch is stored. A batch for which there is no room waits.
   * @throws MR_PLUGIN when there is no such input, or it was kept
   */
  async feed(
    tag: string,
    records: EventRecord | readonly EventRecord[],
    options: FeedOptions = {},
  ): Promise<Delivery> {
    const { sec, nsec } = this.clock.now();
    const time = toTime(options.time) ?? new EventTime(sec, nsec);
    const list = isList(records) ? records : [records];
    return this.#offer(
      tag,
      list.map((record) => ({ time, record })),
      options.input,
    );
  }

  /** Feeds events as they are; neighbours with the same tag come in one batch. @throws as `feed` */
  async feedEvents(events: readonly TaggedEntry[], options: FeedOptions = {}): Promise<void> {
    for (let start = 0; start < events.length; ) {
      const tag = events[start]?.tag ?? '';
      const next = events.findIndex((event, index) => index > start && event.tag !== tag);
      const end = next < 0 ? events.length : next;
      await this.#offer(tag, events.slice(start, end), options.input);
      start = end;
    }
  }

  /** What was delivered to the output of this id, in order; to all outputs unless given. @throws MR_PLUGIN when there is none */
  events(outputId?: string): readonly TaggedEntry[] {
    return this.chunks(outputId).flatMap(({ events }) => events);
  }

  /** The same, chunk by chunk. @throws likewise */
  chunks(outputId?: string): readonly CapturedChunk[] {
    const { captures } = this.#setup.ends;
    if (outputId === undefined) return [...captures.values()].flatMap(({ chunks }) => chunks);
    const capture = captures.get(outputId);
    if (capture === undefined) throw noSuchNode(outputId, [...captures.keys()]);
    return capture.chunks;
  }

  /** Counts of what went through each node. */
  get stats(): RunStats {
    return readStats(this.#setup.plan, this.metrics);
  }

  /** What a buffer could not deliver, so far. */
  async deadLetters(): Promise<readonly DeadLetter[]> {
    return this.#lastLetters ?? readDeadLetters(this.#setup.folder);
  }

  /** Lets `ms` pass: at once on a `TestClock`, each timer at its time. */
  async pass(ms: number): Promise<void> {
    if (this.clock instanceof TestClock) await this.clock.pass(ms);
    else await delay(this.clock, ms);
  }

  /** Resolves when all that was fed is delivered, or has become dead letters; passes the time that retries take. */
  flush(): Promise<void> {
    return this.#passUntil(this.#setup.pipeline.flush());
  }

  /** Stops the pipeline as the end of the process would; passes the time that it takes. */
  async stop(): Promise<void> {
    const { folder, pipeline } = this.#setup;
    await this.#passUntil(pipeline.stop());
    this.#lastLetters ??= await readDeadLetters(folder);
    await rm(folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #offer(tag: string, entries: readonly Entry[], id: string | undefined): Promise<Delivery> {
    const { feeds } = this.#setup.ends;
    const [first = ''] = feeds.keys();
    const feed = feeds.get(id ?? first);
    if (feed === undefined) throw noSuchNode(id ?? 'feed', [...feeds.keys()]);
    const batch = entriesBatch(tag, entries);
    feed.offer(batch);
    await settled();
    return batch.delivery;
  }

  #passUntil<T>(promise: Promise<T>): Promise<T> {
    return this.clock instanceof TestClock ? this.clock.passUntil(promise) : promise;
  }
}

function isList(records: EventRecord | readonly EventRecord[]): records is readonly EventRecord[] {
  return Array.isArray(records);
}
