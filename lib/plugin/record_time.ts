import { MillraceError } from '../error.ts';
import {
  type EventRecord,
  type EventValue,
  getField,
  type MutableRecord,
  setField,
} from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { compileTimeParser, type TimeParser } from '../event/time_parse.ts';
import type { PluginContext } from './context.ts';
import type { ParsedEntry } from './contract.ts';
import type { PluginCall } from './define.ts';
import { zoneIn } from './time_options.ts';

/** Seconds beyond this are no time of this world, but milliseconds taken for seconds or worse. */
const mostSeconds = 2 ** 43;

/**
 * Compiles how input `http` takes the time out of a record, by the options of parser `in_http`: seconds since 1970
 * in the field `time` unless they say otherwise. No such field, null and false are no time.
 * @throws MR_TIME when the options do not fit together; what it gives throws MR_TIME when the field holds no time
 */
export function compileRecordTime(
  call: PluginCall<'parser'> | undefined,
  context: Pick<PluginContext, 'clock' | 'timeZone'>,
): (record: EventRecord) => ParsedEntry {
  const given = call?.options ?? {};
  const timeKey = call === undefined ? 'time' : textIn(given['timeKey']);
  if (timeKey === undefined) return (record) => ({ time: null, record });
  const keepsTimeKey = given['keepTimeKey'] === true;
  const readTime = compileReader(given, context);
  return (record) => {
    const value = getField(record, timeKey);
    if (value === undefined) return { time: null, record };
    const time = value === null || value === false ? null : readTime(value);
    return { time, record: keepsTimeKey ? record : without(record, timeKey) };
  };
}

function compileReader(
  given: PluginCall['options'],
  context: Pick<PluginContext, 'clock' | 'timeZone'>,
): TimeParser {
  const type = typeIn(given['timeType']);
  const format = textIn(given['timeFormat']);
  if (type === undefined && format === undefined) return readSeconds;
  const zone = zoneIn(
    {
      localtime: typeof given['localtime'] === 'boolean' ? given['localtime'] : undefined,
      utc: given['utc'] === true,
      timezone: textIn(given['timezone']),
    },
    context,
  );
  const fallbacks = Array.isArray(given['timeFormatFallbacks']) ? given['timeFormatFallbacks'] : [];
  return compileTimeParser({ ...zone, clock: context.clock, type, format, fallbacks });
}

/** As Ruby's `Time.at`: digits beyond those that a double holds are cut off, not rounded. */
function readSeconds(value: EventValue): EventTime {
  if (typeof value !== 'number' || Math.abs(value) > mostSeconds)
    throw new MillraceError(
      'MR_TIME',
      `the time ${show(value)} is no number of seconds since 1970`,
    );
  const sec = Math.floor(value);
  return new EventTime(sec, Math.floor((value - sec) * 1e9));
}

function without(record: EventRecord, key: string): EventRecord {
  const rest: MutableRecord = {};
  for (const [field, value] of Object.entries(record))
    if (field !== key) setField(rest, field, value);
  return rest;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function typeIn(value: unknown): 'string' | 'unixtime' | 'float' | 'mixed' | undefined {
  return value === 'string' || value === 'unixtime' || value === 'float' || value === 'mixed'
    ? value
    : undefined;
}

function show(value: EventValue): string {
  return typeof value === 'string' ? `\`${value.slice(0, 80)}\`` : `(a ${typeof value})`;
}
