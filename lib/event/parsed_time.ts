import type { Clock } from '../clock.ts';
import {
  civilFromDays,
  daysFromCivil,
  daysFromIsoWeek,
  daysInMonth,
  modulo,
  weekdayOf,
} from './civil.ts';
import { EventTime } from './time.ts';
import { localToUtc, type TimeZone } from './time_zone.ts';

/** What a text said about a time. What it did not say is undefined. */
export interface ParsedTime {
  year: number | undefined;
  /** 1..12 */
  month: number | undefined;
  /** 1..31 */
  day: number | undefined;
  /** 1..366 */
  dayOfYear: number | undefined;
  /** 0 is Sunday. */
  weekday: number | undefined;
  isoYear: number | undefined;
  isoWeek: number | undefined;
  /** A week of the year that begins on Sunday or Monday, with the days before it in week 0. */
  sundayWeek: number | undefined;
  mondayWeek: number | undefined;
  century: number | undefined;
  hour: number | undefined;
  minute: number | undefined;
  second: number | undefined;
  nsec: number;
  isAfternoon: boolean | undefined;
  /** Seconds east of UTC. */
  offset: number | undefined;
  /** Seconds since the epoch; it wins over all else. */
  epoch: number | undefined;
}

/** A time about which nothing is known yet. */
export function unknownTime(): ParsedTime {
  return {
    year: undefined,
    month: undefined,
    day: undefined,
    dayOfYear: undefined,
    weekday: undefined,
    isoYear: undefined,
    isoWeek: undefined,
    sundayWeek: undefined,
    mondayWeek: undefined,
    century: undefined,
    hour: undefined,
    minute: undefined,
    second: undefined,
    nsec: 0,
    isAfternoon: undefined,
    offset: undefined,
    epoch: undefined,
  };
}

/** What a text leaves open: the zone, and the date of today. */
export interface TimeContext {
  readonly zone: TimeZone;
  readonly clock: Pick<Clock, 'now' | 'nowMs'>;
}

/**
 * The moment that is meant, or undefined when there is no such date or hour. A date without a year is one of
 * this year, or of the last one when it would lie more than eleven months ahead; a time without a date is today.
 */
export function resolveTime(parsed: ParsedTime, context: TimeContext): EventTime | undefined {
  if (parsed.epoch !== undefined) return new EventTime(parsed.epoch, parsed.nsec);
  const inDay = secondsInDay(parsed);
  const days = inDay === undefined ? undefined : daysOf(parsed, context);
  if (days === undefined || inDay === undefined) return undefined;
  const local = days * secondsOfDay + inDay;
  const sec = parsed.offset === undefined ? localToUtc(context.zone, local) : local - parsed.offset;
  return new EventTime(sec, parsed.nsec);
}

const secondsOfDay = 86_400;

function secondsInDay(parsed: ParsedTime): number | undefined {
  const { hour = 0, minute = 0, second = 0, isAfternoon } = parsed;
  // Second 60 is a leap second: it becomes the first second of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  if (isAfternoon === undefined) return hour * 3600 + minute * 60 + second;
  if (hour > 12) return undefined;
  return ((hour % 12) + (isAfternoon ? 12 : 0)) * 3600 + minute * 60 + second;
}

function daysOf(parsed: ParsedTime, context: TimeContext): number | undefined {
  const year = yearOf(parsed);
  const { month, day, dayOfYear, isoYear, isoWeek } = parsed;
  if (month !== undefined || day !== undefined) {
    return year === undefined
      ? daysWithoutYear(parsed, context)
      : daysOfDate(year, month ?? 1, day ?? 1);
  }
  if (isoYear !== undefined && isoWeek !== undefined)
    return daysOfIsoWeek(isoYear, isoWeek, parsed);
  if (year === undefined) {
    const today = todayIn(parsed, context);
    if (dayOfYear === undefined) return today;
    return daysOfOrdinal(civilFromDays(today).year, dayOfYear);
  }
  if (dayOfYear !== undefined) return daysOfOrdinal(year, dayOfYear);
  return daysOfWeek(year, parsed) ?? daysFromCivil(year, 1, 1);
}

function yearOf({ year, century }: ParsedTime): number | undefined {
  if (century === undefined) return year;
  return century * 100 + (year === undefined ? 0 : modulo(year, 100));
}

function daysOfDate(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day);
}

function daysOfOrdinal(year: number, dayOfYear: number): number | undefined {
  const length = daysInMonth(year, 2) + 337;
  if (dayOfYear < 1 || dayOfYear > length) return undefined;
  return daysFromCivil(year, 1, 1) + dayOfYear - 1;
}

function daysOfIsoWeek(year: number, week: number, parsed: ParsedTime): number | undefined {
  if (week < 1 || week > 53) return undefined;
  return daysFromIsoWeek(year, week, (parsed.weekday ?? 1) || 7);
}

function daysOfWeek(year: number, parsed: ParsedTime): number | undefined {
  const { sundayWeek, mondayWeek } = parsed;
  const week = sundayWeek ?? mondayWeek;
  if (week === undefined) return undefined;
  const firstWeekday = sundayWeek === undefined ? 1 : 0;
  const start = daysFromCivil(year, 1, 1);
  const firstWeek = start + modulo(firstWeekday - weekdayOf(start), 7);
  const weekday = modulo((parsed.weekday ?? firstWeekday) - firstWeekday, 7);
  return firstWeek + (week - 1) * 7 + weekday;
}

/** Days since 1970-01-01 in the text's zone. */
function todayIn(parsed: ParsedTime, { zone, clock }: TimeContext): number {
  const { sec } = clock.now();
  return Math.floor((sec + (parsed.offset ?? zone.offsetAt(sec))) / secondsOfDay);
}

/** A line written on the 31st of December and read in January belongs to the year before. */
const farAheadDays = 335;

function daysWithoutYear(parsed: ParsedTime, context: TimeContext): number | undefined {
  const today = todayIn(parsed, context);
  const now = civilFromDays(today);
  const month = parsed.month ?? now.month;
  const day = parsed.day ?? 1;
  const days = daysOfDate(now.year, month, day);
  if (days !== undefined && days - today <= farAheadDays) return days;
  return daysOfDate(now.year - 1, month, day) ?? days;
}
