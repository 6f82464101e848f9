import { MillraceError } from '../error.ts';
import { modulo } from './civil.ts';

/** The rules of local time somewhere. */
export interface TimeZone {
  /** `UTC`, `+09:00`, `Asia/Tokyo`. */
  readonly name: string;
  /** Seconds east of UTC at a moment in seconds since the epoch. */
  offsetAt(sec: number): number;
  /** What `%Z` prints at a moment: empty where Fluentd has no name, which is for every configured zone. */
  abbreviationAt(sec: number): string;
}

/** How a configuration chooses a zone: a named one first, else the local one or UTC. */
export interface ZoneOptions {
  /** `+09:00`, `+0900`, `+09` or a name such as `Asia/Tokyo`. */
  readonly timezone?: string | undefined;
  /** true unless told otherwise */
  readonly localtime?: boolean | undefined;
  readonly utc?: boolean | undefined;
  /** What counts as local: the zone of the process unless told otherwise. */
  readonly local?: TimeZone | undefined;
}

/** Coordinated universal time. */
export const utcZone: TimeZone = {
  name: 'UTC',
  offsetAt: () => 0,
  abbreviationAt: () => 'UTC',
};

/** The zone of the process (`TZ`). */
export const localZone: TimeZone = {
  name: 'local',
  offsetAt: (sec) => 0 - Math.round(new Date(sec * 1000).getTimezoneOffset() * 60),
  abbreviationAt: (sec) =>
    abbreviationIn(new Intl.DateTimeFormat().resolvedOptions().timeZone, sec),
};

/**
 * The zone that the options mean.
 * @throws MR_TIME when the zone is unknown, or `localtime` and `utc` are both asked for
 */
export function chooseZone(options: ZoneOptions): TimeZone {
  if (options.timezone !== undefined) return parseZone(options.timezone);
  if (options.utc === true && options.localtime === true) {
    throw new MillraceError('MR_TIME', '`utc` and `localtime` exclude each other: choose one');
  }
  const isUtc = options.utc === true || options.localtime === false;
  return isUtc ? utcZone : (options.local ?? localZone);
}

/**
 * Reads `+09:00`, `-0330`, `+09` or a name such as `America/New_York`. Abbreviations are refused: they are ambiguous.
 * @throws MR_TIME when there is no such zone
 */
export function parseZone(text: string): TimeZone {
  const offset = /^[+-]\d\d(?::?\d\d)?$/.test(text) ? parseOffset(text) : undefined;
  if (offset !== undefined) {
    return { name: text, offsetAt: () => offset, abbreviationAt: () => '' };
  }
  if (!/^[A-Za-z_-]+(?:\/[A-Za-z0-9_+-]+){1,2}$/.test(text)) throw unknownZone(text);
  return { ...regionZone(text), abbreviationAt: () => '' };
}

/**
 * The zone of a place in the tz database, as `TZ` would set it: with abbreviations.
 * @throws MR_TIME when there is no such place
 */
export function regionZone(name: string): TimeZone {
  const format = offsetFormat(name);
  return {
    name,
    offsetAt: cacheByQuarter((sec) => readOffset(format, sec)),
    abbreviationAt: (sec) => abbreviationIn(name, sec),
  };
}

/** Seconds east of UTC of `+09:00`, `-0330`, `+09` or `+09:00:30`; undefined when it is none of these or out of range. */
export function parseOffset(text: string): number | undefined {
  const match = /^([+-])(\d{1,2})(?::?(\d\d)(?::?(\d\d))?)?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hours, minutes = '0', seconds = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' && offset > 0 ? -offset : offset;
}

/**
 * The moment, in seconds since the epoch, at which clocks in `zone` show the local time `localSec` (counted
 * as if it were UTC). Shown twice: the first one. Never shown: as if the clocks had not been put forward.
 */
export function localToUtc(zone: TimeZone, localSec: number): number {
  const before = zone.offsetAt(localSec - secondsOfDay);
  const first = localSec - before;
  if (zone.offsetAt(first) === before) return first;
  const after = zone.offsetAt(localSec + secondsOfDay);
  return zone.offsetAt(localSec - after) === after ? localSec - after : first;
}

const secondsOfDay = 86_400;
const quarter = 900;
/** Before this, zones changed at odd seconds. */
const tidySince = 160_000_000;
const cacheLimit = 4096;

/** Asking Intl costs microseconds; since the seventies, zones have changed on quarters of an hour only. */
function cacheByQuarter(offsetAt: (sec: number) => number): (sec: number) => number {
  const offsets = new Map<number, number>();
  let lastQuarter = Number.NaN;
  let lastOffset = 0;
  return (sec) => {
    if (!(sec >= tidySince)) return offsetAt(sec);
    const start = sec - modulo(sec, quarter);
    if (start === lastQuarter) return lastOffset;
    let offset = offsets.get(start);
    if (offset === undefined) {
      if (offsets.size >= cacheLimit) offsets.clear();
      offset = offsetAt(start);
      offsets.set(start, offset);
    }
    lastQuarter = start;
    lastOffset = offset;
    return offset;
  };
}

function offsetFormat(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    throw unknownZone(name, error);
  }
}

/** What a Date can hold. */
const dateLimit = 8_640_000_000_000;

function readOffset(format: Intl.DateTimeFormat, sec: number): number {
  const date = new Date(Math.max(-dateLimit, Math.min(dateLimit, sec)) * 1000);
  const text = zoneNameIn(format, date);
  return parseOffset(text.replace('GMT', '')) ?? 0;
}

function zoneNameIn(format: Intl.DateTimeFormat, date: Date): string {
  return format.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value ?? '';
}

/** Each knows the abbreviations of its own part of the world only. */
const locales = ['en-US', 'en-GB', 'en-CA', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'ja-JP', 'ko-KR'];

const abbreviations = new Map<string, string>();

/** Names that no locale of ours prints. */
const placeNames = new Map([
  ['Africa/Lagos', 'WAT'],
  ['Africa/Nairobi', 'EAT'],
  ['Asia/Hong_Kong', 'HKT'],
  ['Asia/Jakarta', 'WIB'],
  ['Asia/Karachi', 'PKT'],
  ['Asia/Manila', 'PST'],
  ['Asia/Seoul', 'KST'],
  ['Asia/Shanghai', 'CST'],
  ['Asia/Taipei', 'CST'],
  ['Europe/Moscow', 'MSK'],
]);

/** `JST`, `CEST`; or, as the tz database does where there is none, `+03`. */
function abbreviationIn(name: string, sec: number): string {
  const format = offsetFormat(name);
  const offset = readOffset(format, sec);
  const key = `${name} ${offset}`;
  const known = abbreviations.get(key);
  if (known !== undefined) return known;
  const date = new Date(sec * 1000);
  const names = locales.map((locale) =>
    zoneNameIn(new Intl.DateTimeFormat(locale, { timeZone: name, timeZoneName: 'short' }), date),
  );
  const found =
    names.find((short) => /^[A-Z]{2,5}$/.test(short)) ??
    placeNames.get(name) ??
    numericName(offset);
  abbreviations.set(key, found);
  return found;
}

function numericName(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hours}${rest}`;
}

function unknownZone(text: string, cause?: unknown): MillraceError {
  return new MillraceError('MR_TIME', `\`${text}\` is no time zone`, {
    cause,
    hint: 'write an offset such as `+09:00` or a place such as `Asia/Tokyo`',
  });
}
