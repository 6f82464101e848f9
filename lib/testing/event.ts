import { entriesBatch } from '../codec/batch.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry, EventRecord, TaggedEntry } from '../event/entry.ts';
import { EventTime } from '../event/time.ts';

/** A time, or seconds since 1970. */
export type TestTime = EventTime | number;

/** The time of events that are given none: when a `TestClock` begins. */
const usualTime = new EventTime(1_700_000_000, 0);

/** An event. */
export function event(tag: string, record: EventRecord, time?: TestTime): TaggedEntry {
  return { tag, ...entry(record, time) };
}

/** An entry: an event without its tag. */
export function entry(record: EventRecord, time?: TestTime): Entry {
  return { time: toTime(time) ?? usualTime, record };
}

/** A batch of one tag, with a delivery of its own. */
export function batchOf(tag: string, ...contents: readonly (Entry | EventRecord)[]): EventBatch {
  return entriesBatch(
    tag,
    contents.map((each) => (isEntry(each) ? each : entry(each))),
  );
}

/** Whether it is an entry, rather than a record with fields of those names: a record's time is never an `EventTime` beside a record. */
export function isEntry(value: Entry | EventRecord): value is Entry {
  return value['time'] instanceof EventTime && typeof value['record'] === 'object';
}

/** The time that was meant. */
export function toTime(time: TestTime | undefined): EventTime | undefined {
  return typeof time === 'number' ? EventTime.fromSeconds(time) : time;
}
