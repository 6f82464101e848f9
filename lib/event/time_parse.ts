import { systemClock } from '../clock.ts';
import { MillraceError } from '../error.ts';
import type { EventValue } from './entry.ts';
import { resolveTime, type TimeContext, unknownTime } from './parsed_time.ts';
import { compileStrptime } from './strptime.ts';
import { EventTime } from './time.ts';
import { guessTime } from './time_guess.ts';
import { parseIso8601 } from './time_iso8601.ts';
import { chooseZone, type ZoneOptions } from './time_zone.ts';

/** How times are read from texts and numbers. */
export interface TimeParseOptions extends ZoneOptions {
  /** `string` unless told otherwise; `mixed` tries `format` and then each of `fallbacks`. */
  readonly type?: 'string' | 'unixtime' | 'float' | 'mixed' | undefined;
  /** As in Ruby's `Time.strptime`; also `%iso8601`. Without one, the usual shapes are recognized. */
  readonly format?: string | undefined;
  /** For `mixed`: more formats, `unixtime` or `float`. */
  readonly fallbacks?: readonly string[] | undefined;
  /** Tells today's date, for texts without one. */
  readonly clock?: TimeContext['clock'] | undefined;
}

/**
 * Reads a time from a field's value.
 * @throws MR_TIME when the value is no such time
 */
export type TimeParser = (value: EventValue) => EventTime;

/** Gives undefined for what is no such time: trying several formats costs no exceptions. */
type TryParse = (value: EventValue) => EventTime | undefined;

/**
 * Compiles a way to read times. Nanoseconds come from the digits of a text exactly. What stands behind the
 * time in a text is ignored, as in Fluentd.
 * @throws MR_TIME when the format cannot be parsed with, the zone is unknown, or options exclude each other
 */
export function compileTimeParser(options: TimeParseOptions = {}): TimeParser {
  const context: TimeContext = { zone: chooseZone(options), clock: options.clock ?? systemClock };
  const tryParse = compileType(options, context);
  const expected = describe(options);
  return (value) => {
    const time = tryParse(value);
    if (time !== undefined) return time;
    throw new MillraceError('MR_TIME', `${show(value)} is no time: expected ${expected}`);
  };
}

function compileType(options: TimeParseOptions, context: TimeContext): TryParse {
  switch (options.type) {
    case 'unixtime':
      return parseUnixTime;
    case 'float':
      return parseFloatTime;
    case 'mixed':
      return compileMixed(options, context);
    default:
      if (options.timezone !== undefined && options.format === undefined) {
        throw new MillraceError('MR_TIME', 'a `timezone` needs a time format', {
          hint: 'add `time_format`, for example `%iso8601`',
        });
      }
      return compileFormat(options.format, context);
  }
}

function compileMixed(options: TimeParseOptions, context: TimeContext): TryParse {
  const formats = [
    ...(options.format === undefined ? [] : [options.format]),
    ...(options.fallbacks ?? []),
  ];
  if (formats.length === 0) {
    throw new MillraceError('MR_TIME', 'the time type `mixed` needs a time format or fallbacks');
  }
  const parsers = formats.map((format) =>
    format === 'unixtime' || format === 'float' ? parseFloatTime : compileFormat(format, context),
  );
  return (value) => {
    for (const parse of parsers) {
      const time = parse(value);
      if (time !== undefined) return time;
    }
    return undefined;
  };
}

function compileFormat(format: string | undefined, context: TimeContext): TryParse {
  const nowSec = (): number => Math.floor(context.clock.nowMs() / 1000);
  if (format === undefined)
    return cached(
      textOnly((text) => guessTime(text, context)),
      nowSec,
    );
  if (format === '%iso8601') return cached(textOnly((text) => parseIso8601(text, context)));
  const steps = compileStrptime(format);
  const parse = textOnly((text) => {
    const parsed = unknownTime();
    let at = 0;
    for (let index = 0; index < steps.length; index += 1) {
      at = steps[index]?.(text, at, parsed) ?? at;
      if (at === -1) return undefined;
    }
    return resolveTime(parsed, context);
  });
  // A text without a year means another time next year.
  return /%[EO]?[YyGgFDxcv+sQ]/.test(format) ? cached(parse) : cached(parse, nowSec);
}

function textOnly(parse: (text: string) => EventTime | undefined): TryParse {
  return (value) => (typeof value === 'string' ? parse(value) : undefined);
}

/** Lines of one second often carry the very same text. With `nowSec`, it means the same only within a second. */
function cached(parse: TryParse, nowSec: () => number = always): TryParse {
  let lastValue: EventValue | undefined;
  let lastTime: EventTime | undefined;
  let lastSec = Number.NaN;
  return (value) => {
    const sec = nowSec();
    if (value !== lastValue || sec !== lastSec) {
      lastTime = parse(value);
      lastValue = value;
      lastSec = sec;
    }
    return lastTime;
  };
}

function always(): number {
  return 0;
}

/** Whole seconds; a fraction is dropped. Of a text, the integer that it begins with. */
function parseUnixTime(value: EventValue): EventTime | undefined {
  if (typeof value === 'number' || typeof value === 'bigint')
    return timeOf(Math.floor(Number(value)), 0);
  if (typeof value !== 'string') return undefined;
  const match = /^\s*[+-]?\d+/.exec(value);
  return match === null ? undefined : timeOf(Number(match[0]), 0);
}

/** Seconds with a fraction; of a text, the number that it begins with, to the nanosecond. */
function parseFloatTime(value: EventValue): EventTime | undefined {
  if (typeof value === 'bigint') return timeOf(Number(value), 0);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(e[+-]?\d+)?/i.exec(text);
  const [all = '', sign, whole = '', fraction = '', exponent] = match ?? [];
  if (whole === '' && fraction === '') return undefined;
  if (exponent !== undefined) return timeOfSeconds(Number(all));
  const sec = Number(whole);
  const nsec = Number(fraction.slice(0, 9).padEnd(9, '0'));
  if (sign !== '-') return timeOf(sec, nsec);
  // Nanoseconds count upwards, also before 1970.
  return nsec === 0 ? timeOf(0 - sec, 0) : timeOf(-sec - 1, 1e9 - nsec);
}

function timeOfSeconds(seconds: number): EventTime | undefined {
  return Number.isSafeInteger(Math.floor(seconds)) ? EventTime.fromSeconds(seconds) : undefined;
}

function timeOf(sec: number, nsec: number): EventTime | undefined {
  return Number.isSafeInteger(sec) ? new EventTime(sec, nsec) : undefined;
}

function describe({ type = 'string', format, fallbacks = [] }: TimeParseOptions): string {
  if (type === 'unixtime') return 'seconds since 1970';
  if (type === 'float') return 'seconds since 1970 with a fraction';
  const formats = [format ?? (type === 'string' ? 'a date and time' : ''), ...fallbacks];
  return formats.filter((one) => one !== '').join(' or ');
}

const longestShown = 100;

function show(value: EventValue): string {
  if (value === null) return 'null';
  if (typeof value !== 'string') {
    return typeof value === 'object' ? `a ${value.constructor.name}` : `${typeof value} ${value}`;
  }
  return `\`${value.slice(0, longestShown)}\`${value.length > longestShown ? '...' : ''}`;
}
