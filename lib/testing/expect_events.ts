import { AssertionError } from 'node:assert';
import type { Entry, EventRecord } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import { diffLines } from './diff_lines.ts';
import { printEvent, printValue } from './print_event.ts';

/** An event that a test expects; a tag or a time that is absent may be any. */
export interface ExpectedEvent {
  readonly tag?: string;
  readonly time?: EventTime;
  readonly record: EventRecord;
}

/** An event that came: what the kit gives, or an entry. */
export interface ActualEvent extends Entry {
  readonly tag?: string;
}

/**
 * Compares events, in order; the order of fields does not count, every digit of numbers and times does.
 * @throws AssertionError whose message has a line for each event: `-` expected, `+` came instead
 */
export function expectEvents(
  actual: readonly ActualEvent[],
  expected: readonly ExpectedEvent[],
): void {
  const isSame = (one: ActualEvent, other: ExpectedEvent): boolean =>
    (other.tag === undefined || one.tag === other.tag) &&
    (other.time === undefined || isSameTime(one.time, other.time)) &&
    printValue(one.record, true) === printValue(other.record, true);
  const lines = diffLines(actual, expected, isSame);
  if (lines.every(({ sign }) => sign === ' ')) return;
  const printed = lines.map(({ sign, value }) => `${sign} ${printEvent(value)}`);
  const counts = `${actual.length} came, ${expected.length} were expected`;
  throw new AssertionError({
    message: `the events differ (${counts}; - expected, + came)\n\n${printed.join('\n')}\n`,
    stackStartFn: expectEvents,
  });
}

function isSameTime(one: EventTime, other: EventTime): boolean {
  return one.sec === other.sec && one.nsec === other.nsec;
}
