import { resolveTime, type TimeContext, unknownTime } from './parsed_time.ts';
import { readFraction } from './strptime.ts';
import type { EventTime } from './time.ts';
import { parseOffset } from './time_zone.ts';

const shape =
  /^\s*([+-]?\d{4,12})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?\s*$/i;

/** Reads `2024-02-03T04:05:06.5+09:00` and nothing else; without a zone, it is local. */
export function parseIso8601(text: string, context: TimeContext): EventTime | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const parsed = unknownTime();
  parsed.year = Number(year);
  parsed.month = Number(month);
  parsed.day = Number(day);
  if (hour !== undefined) {
    parsed.hour = Number(hour);
    parsed.minute = Number(minute);
    parsed.second = Number(second);
  }
  if (fraction !== undefined) readFraction(fraction, 0, parsed);
  if (zone !== undefined) {
    parsed.offset = zone === 'Z' || zone === 'z' ? 0 : parseOffset(zone);
    if (parsed.offset === undefined) return undefined;
  }
  return resolveTime(parsed, context);
}
