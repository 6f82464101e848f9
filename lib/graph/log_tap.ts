import type { Clock } from '../clock.ts';
import { entriesBatch } from '../codec/batch.ts';
import { type EventValue, type MutableRecord, setField } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { LogLine, LogSink } from '../log.ts';
import type { Counter } from '../metric/metric.ts';
import type { Door } from './door.ts';

/** Lines that may wait for `@FLUENT_LOG`. */
const lineLimit = 1000;

/**
 * Turns the program's own log lines into events for `@FLUENT_LOG`. It never waits: while the label's output is
 * full, or more lines come than it takes, lines are dropped and counted. Lines that arise from passing a line on
 * are not passed on again.
 */
export class LogTap {
  readonly #clock: Clock;
  readonly #dropped: Counter;
  #door: Door | undefined;
  #lines: LogLine[] = [];
  #isPassing = false;
  #isFull = false;
  #isScheduled = false;

  constructor(clock: Clock, dropped: Counter) {
    this.#clock = clock;
    this.#dropped = dropped;
  }

  /** Where events go from now on; undefined: nowhere. */
  connect(door: Door | undefined): void {
    this.#door = door;
    if (door === undefined) this.#lines = [];
  }

  readonly sink: LogSink = (line) => {
    if (this.#door === undefined || this.#isPassing || line.level === 'trace') return;
    if (this.#isFull || this.#lines.length >= lineLimit) {
      this.#dropped.add();
      return;
    }
    this.#lines.push(line);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#pass());
  };

  #pass(): void {
    this.#isScheduled = false;
    const door = this.#door;
    if (door === undefined) return;
    this.#isPassing = true;
    const { sec, nsec } = this.#clock.now();
    const waits: Promise<void>[] = [];
    for (const line of this.#lines.splice(0)) {
      const entry = { time: new EventTime(sec, nsec), record: toRecord(line) };
      const wait = door.offer(entriesBatch(`fluent.${line.level}`, [entry]));
      if (wait !== undefined) waits.push(wait);
    }
    this.#isPassing = false;
    if (waits.length === 0) return;
    this.#isFull = true;
    Promise.all(waits).then(() => {
      this.#isFull = false;
    });
  }
}

function toRecord(line: LogLine): MutableRecord {
  const record: MutableRecord = { message: line.message };
  for (const [name, value] of Object.entries(line.fields)) setField(record, name, toValue(value));
  return record;
}

function toValue(value: unknown): EventValue {
  if (value instanceof Error) return value.message;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return value;
  return value === undefined || value === null ? null : String(value);
}
