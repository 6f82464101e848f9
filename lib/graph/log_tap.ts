import type { Clock } from '../clock.ts';
import { entriesBatch } from '../codec/batch.ts';
import { toError } from '../error.ts';
import { type EventValue, type MutableRecord, setField } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import type { LogLine, LogSink } from '../log.ts';
import type { Counter } from '../metric/metric.ts';
import { type Door, whenAll } from './door.ts';

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
    const waits = this.#lines.splice(0).map((line) => this.#offer(line, door));
    const wait = whenAll(waits);
    if (wait === undefined) return;
    this.#isFull = true;
    wait.then(() => {
      this.#isFull = false;
    });
  }

  #offer(line: LogLine, door: Door): Promise<void> | undefined {
    const { sec, nsec } = this.#clock.now();
    const entry = { time: new EventTime(sec, nsec), record: toRecord(line) };
    this.#isPassing = true;
    try {
      return door.offer(entriesBatch(`fluent.${line.level}`, [entry]));
    } finally {
      this.#isPassing = false;
    }
  }
}

function toRecord(line: LogLine): MutableRecord {
  const record: MutableRecord = { message: line.message };
  for (const [name, value] of Object.entries(line.fields)) setField(record, name, toValue(value));
  return record;
}

function toValue(value: unknown): EventValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  // Fields are anybody's: `toError` prints what cannot be printed, too.
  return value === undefined || value === null ? null : toError(value).message;
}
