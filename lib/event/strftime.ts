import { civilFromDays, daysFromCivil, isoWeekOf, modulo, weekdayOf } from './civil.ts';
import { dayNames, monthNames, timeComposites } from './time_names.ts';
import type { TimeZone } from './time_zone.ts';

/** A second taken apart in a zone, for printing. */
export interface LocalSecond {
  readonly sec: number;
  readonly zone: TimeZone;
  /** Seconds east of UTC. */
  readonly offset: number;
  readonly days: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** What a format is made of: text that is the same for a whole second, or digits of the nanoseconds. */
export type FormatPart =
  | { readonly kind: 'second'; readonly print: (time: LocalSecond) => string }
  | { readonly kind: 'fraction'; readonly digits: number };

/** Takes a second apart. */
export function localSecond(sec: number, zone: TimeZone): LocalSecond {
  const offset = zone.offsetAt(sec);
  const local = sec + offset;
  const days = Math.floor(local / 86_400);
  const inDay = local - days * 86_400;
  return {
    sec,
    zone,
    offset,
    days,
    ...civilFromDays(days),
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
  };
}

/**
 * Compiles a format in the syntax of Ruby's `Time#strftime`: flags `-0^_#:`, a width, and a directive.
 * What is no directive is printed as it stands, as Ruby does.
 */
export function compileStrftime(format: string): FormatPart[] {
  const parts: FormatPart[] = [];
  let at = 0;
  for (const match of format.matchAll(/%([-0^_#]*)(\d*)(:{0,3})[EO]?([a-zA-Z%+])/g)) {
    if (match.index > at) parts.push(literal(format.slice(at, match.index)));
    at = match.index + match[0].length;
    parts.push(compileDirective(match));
  }
  if (at < format.length) parts.push(literal(format.slice(at)));
  return parts;
}

/** No line of a log has use for more, and a width is a way to fill the memory. */
const widestBytes = 1024;

function compileDirective([
  text,
  flags = '',
  digits = '',
  colons = '',
  letter = '',
]: RegExpMatchArray): FormatPart {
  const width = digits === '' ? undefined : Math.min(Number(digits), widestBytes);
  if (colons !== '' && letter !== 'z') return literal(text ?? '');
  if (letter === 'N' || letter === 'L') {
    return {
      kind: 'fraction',
      digits: width === undefined || width === 0 ? fractionWidth(letter) : width,
    };
  }
  if (letter === 'z')
    return {
      kind: 'second',
      print: (time) => printOffset(time.offset, flags, width, colons.length),
    };
  const numeric = numbers[letter];
  if (numeric !== undefined) {
    const pad = numberPad(flags, numeric.pad);
    const least = width ?? numeric.width;
    return { kind: 'second', print: (time) => padNumber(numeric.of(time), least, pad) };
  }
  const textual = texts[letter];
  if (textual !== undefined) {
    return { kind: 'second', print: (time) => dress(textual(time), flags, width, letter) };
  }
  const composite = composites[letter];
  if (composite === undefined) return literal(text ?? '');
  const inner = compileStrftime(composite);
  return { kind: 'second', print: (time) => dress(printSecond(inner, time), flags, width, letter) };
}

function literal(text: string): FormatPart {
  return { kind: 'second', print: () => text };
}

function fractionWidth(letter: string): number {
  return letter === 'N' ? 9 : 3;
}

function printSecond(parts: readonly FormatPart[], time: LocalSecond): string {
  let text = '';
  for (const part of parts) if (part.kind === 'second') text += part.print(time);
  return text;
}

type Padding = '0' | ' ' | '';

interface NumberDirective {
  readonly of: (time: LocalSecond) => number;
  readonly width: number;
  readonly pad: Padding;
}

function number(
  width: number,
  of: (time: LocalSecond) => number,
  pad: Padding = '0',
): NumberDirective {
  return { of, width, pad };
}

const numbers: Readonly<Record<string, NumberDirective>> = {
  Y: number(4, (time) => time.year),
  C: number(2, (time) => Math.floor(time.year / 100)),
  y: number(2, (time) => modulo(time.year, 100)),
  m: number(2, (time) => time.month),
  d: number(2, (time) => time.day),
  e: number(2, (time) => time.day, ' '),
  j: number(3, dayOfYear),
  H: number(2, (time) => time.hour),
  k: number(2, (time) => time.hour, ' '),
  I: number(2, hourOfTwelve),
  l: number(2, hourOfTwelve, ' '),
  M: number(2, (time) => time.minute),
  S: number(2, (time) => time.second),
  s: number(1, (time) => time.sec),
  u: number(1, (time) => weekdayOf(time.days) || 7),
  w: number(1, (time) => weekdayOf(time.days)),
  G: number(4, (time) => isoWeekOf(time.days).year),
  g: number(2, (time) => modulo(isoWeekOf(time.days).year, 100)),
  V: number(2, (time) => isoWeekOf(time.days).week),
  U: number(2, (time) => weekOfYear(time, 0)),
  W: number(2, (time) => weekOfYear(time, 1)),
};

const texts: Readonly<Record<string, (time: LocalSecond) => string>> = {
  a: (time) => dayName(time).slice(0, 3),
  A: dayName,
  b: (time) => monthName(time).slice(0, 3),
  h: (time) => monthName(time).slice(0, 3),
  B: monthName,
  p: (time) => (time.hour < 12 ? 'AM' : 'PM'),
  P: (time) => (time.hour < 12 ? 'am' : 'pm'),
  Z: (time) => time.zone.abbreviationAt(time.sec),
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
};

const composites: Readonly<Record<string, string>> = { ...timeComposites, v: '%e-%^b-%Y' };

function dayOfYear(time: LocalSecond): number {
  return time.days - daysFromCivil(time.year, 1, 1) + 1;
}

function hourOfTwelve(time: LocalSecond): number {
  return time.hour % 12 || 12;
}

/** Weeks begin on `firstWeekday`; the days before the first such day are week 0. */
function weekOfYear(time: LocalSecond, firstWeekday: number): number {
  const weekday = modulo(weekdayOf(time.days) - firstWeekday, 7);
  return Math.floor((dayOfYear(time) - 1 + 7 - weekday) / 7);
}

function dayName(time: LocalSecond): string {
  return dayNames[weekdayOf(time.days)] ?? '';
}

function monthName(time: LocalSecond): string {
  return monthNames[time.month - 1] ?? '';
}

/** The last flag about padding counts. */
function numberPad(flags: string, usual: Padding): Padding {
  let pad = usual;
  for (const flag of flags) {
    if (flag === '-') pad = '';
    else if (flag === '_') pad = ' ';
    else if (flag === '0') pad = '0';
  }
  return pad;
}

function padNumber(value: number, width: number, pad: Padding): string {
  if (value >= 0) return pad === '' ? String(value) : String(value).padStart(width, pad);
  if (pad === '0') return `-${String(-value).padStart(width, '0')}`;
  return pad === '' ? String(value) : String(value).padStart(width, pad);
}

/** Letter case, and padding to a width: blanks unless the flag `0` asks for zeros. */
function dress(text: string, flags: string, width: number | undefined, letter: string): string {
  const changesCase = flags.includes('#');
  let dressed = text;
  if (letter === 'p' || letter === 'Z') dressed = changesCase ? text.toLowerCase() : text;
  else if (changesCase || flags.includes('^')) dressed = text.toUpperCase();
  if (width === undefined || numberPad(flags, ' ') === '') return dressed;
  return dressed.padStart(width, numberPad(flags, ' '));
}

/** `+0900`, `+09:00`, `+09:00:00`, or with three colons only as much as is not zero. */
function printOffset(
  offset: number,
  flags: string,
  width: number | undefined,
  colons: number,
): string {
  const sign = offset < 0 ? '-' : '+';
  const total = Math.abs(offset);
  const hour = String(Math.floor(total / 3600));
  const minute = String(Math.floor(total / 60) % 60).padStart(2, '0');
  const second = String(total % 60).padStart(2, '0');
  let rest = colons === 0 ? minute : `:${minute}`;
  if (colons === 2) rest += `:${second}`;
  if (colons === 3)
    rest = total % 3600 === 0 ? '' : `:${minute}${total % 60 === 0 ? '' : `:${second}`}`;
  const pad = numberPad(flags, '0');
  const hourWidth = Math.max(2, (width ?? 0) - rest.length - 1);
  if (pad === '') return `${sign}${hour}${rest}`;
  if (pad === '0') return `${sign}${hour.padStart(hourWidth, '0')}${rest}`;
  return `${`${sign}${hour}`.padStart(hourWidth + 1, ' ')}${rest}`;
}
