import { MillraceError } from '../error.ts';
import type { ParsedTime } from './parsed_time.ts';
import { dayNames, monthNames, timeComposites } from './time_names.ts';
import { offsetOfZoneText, zonePattern } from './zone_names.ts';

/** Reads from `at` on, notes what it found, and gives the place behind it, or -1 when the text is something else. */
export type ParseStep = (text: string, at: number, parsed: ParsedTime) => number;

/**
 * Compiles a format in the syntax of Ruby's `Time.strptime`. White space in the format stands for any amount
 * of it, names are read in any letter case, and a year may have more than four digits unless digits follow.
 * @throws MR_TIME when the format has a directive that cannot be parsed
 */
export function compileStrptime(format: string): ParseStep[] {
  const steps: ParseStep[] = [];
  const expanded = format.replace(
    /%(?:%|[EO]?([cDFTXRrvx+]))/g,
    (token, letter: string | undefined) => timeComposites[letter ?? ''] ?? token,
  );
  const tokens = expanded.match(/%[-0^_#]*\d*[EO]?:{0,3}.?|\s+|[^%\s]+/gs) ?? [];
  for (const [index, token] of tokens.entries()) {
    if (token.startsWith('%')) steps.push(compileDirective(token, tokens[index + 1], format));
    else steps.push(/^\s/.test(token) ? skipBlanks : literal(token));
  }
  return steps;
}

function compileDirective(token: string, next: string | undefined, format: string): ParseStep {
  const directive = token.replace(/^%[EO]?(?:[:]{1,3}(?=z$))?/, '');
  const isBeforeDigits =
    next !== undefined && /^(?:\d|%[EO]?[CdeGgHIjkLlMmNQSsUuVvWwYy])/.test(next);
  if (directive === 'Y') return integer(isBeforeDigits ? 4 : 15, noteYear);
  if (directive === 'G') return integer(isBeforeDigits ? 4 : 15, noteIsoYear);
  const step = steps.get(directive);
  if (step !== undefined) return step;
  throw new MillraceError(
    'MR_TIME',
    `\`${token}\` in the time format \`${format}\` cannot be parsed`,
    {
      hint: /^%\d*[NL]$/.test(token)
        ? 'for a fraction of any length write `%N`'
        : 'flags and widths are for printing; a plain percent sign is `%%`',
    },
  );
}

type Note = (parsed: ParsedTime, value: number) => void;

const noteYear: Note = (parsed, value) => {
  parsed.year = value;
};
const noteIsoYear: Note = (parsed, value) => {
  parsed.isoYear = value;
};
const noteDay: Note = (parsed, value) => {
  parsed.day = value;
};
const noteHour: Note = (parsed, value) => {
  parsed.hour = value;
};
const noteMonth: Note = (parsed, value) => {
  parsed.month = value;
};
const noteWeekday: Note = (parsed, value) => {
  parsed.weekday = value;
};

const readDay = paddedDigits(noteDay);
const readHour = paddedDigits(noteHour);
const readMonthName = nameOf(monthNames, (parsed, index) => noteMonth(parsed, index + 1));
const readDayName = nameOf(dayNames, noteWeekday);

const steps: ReadonlyMap<string, ParseStep> = new Map<string, ParseStep>([
  ['C', integer(2, (parsed, value) => (parsed.century = value))],
  ['y', digits(2, (parsed, value) => noteYear(parsed, fullYear(value)))],
  ['m', digits(2, noteMonth)],
  ['B', readMonthName],
  ['b', readMonthName],
  ['h', readMonthName],
  ['d', readDay],
  ['e', readDay],
  ['j', digits(3, (parsed, value) => (parsed.dayOfYear = value))],
  ['H', readHour],
  ['k', readHour],
  ['I', readHour],
  ['l', readHour],
  ['M', digits(2, (parsed, value) => (parsed.minute = value))],
  ['S', digits(2, (parsed, value) => (parsed.second = value))],
  ['L', readFraction],
  ['N', readFraction],
  ['z', readZone],
  ['Z', readZone],
  ['A', readDayName],
  ['a', readDayName],
  ['u', digits(1, (parsed, value) => noteWeekday(parsed, value % 7))],
  ['w', digits(1, noteWeekday)],
  ['g', digits(2, (parsed, value) => noteIsoYear(parsed, fullYear(value)))],
  ['V', digits(2, (parsed, value) => (parsed.isoWeek = value))],
  ['U', digits(2, (parsed, value) => (parsed.sundayWeek = value))],
  ['W', digits(2, (parsed, value) => (parsed.mondayWeek = value))],
  ['s', integer(15, (parsed, value) => (parsed.epoch = value))],
  ['Q', integer(15, noteMilliseconds)],
  ['p', readMeridian],
  ['P', readMeridian],
  ['n', skipBlanks],
  ['t', skipBlanks],
  ['%', literal('%')],
]);

/** Two digits of a year, as POSIX reads them: 69 is 1969, 68 is 2068. */
function fullYear(value: number): number {
  return value + (value >= 69 ? 1900 : 2000);
}

function noteMilliseconds(parsed: ParsedTime, value: number): void {
  parsed.epoch = Math.floor(value / 1000);
  parsed.nsec = (value - parsed.epoch * 1000) * 1_000_000;
}

function literal(token: string): ParseStep {
  return (text, at) => (text.startsWith(token, at) ? at + token.length : -1);
}

function skipBlanks(text: string, at: number): number {
  let end = at;
  while (isBlank(text.charCodeAt(end))) end += 1;
  return end;
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** The value of the digit at a place, or -1. */
function digitAt(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : -1;
}

function digits(most: number, note: Note): ParseStep {
  return (text, at, parsed) => {
    let value = 0;
    let end = at;
    for (let digit = digitAt(text, end); digit !== -1 && end - at < most; ) {
      value = value * 10 + digit;
      end += 1;
      digit = digitAt(text, end);
    }
    if (end === at) return -1;
    note(parsed, value);
    return end;
  };
}

/** ` 3`, `3` or `03`. */
function paddedDigits(note: Note): ParseStep {
  const one = digits(1, note);
  const two = digits(2, note);
  return (text, at, parsed) =>
    text.charCodeAt(at) === 32 ? one(text, at + 1, parsed) : two(text, at, parsed);
}

function integer(most: number, note: Note): ParseStep {
  const positive = digits(most, note);
  const negative = digits(most, (parsed, value) => note(parsed, 0 - value));
  return (text, at, parsed) => {
    const first = text.charAt(at);
    if (first === '-') return negative(text, at + 1, parsed);
    return positive(text, first === '+' ? at + 1 : at, parsed);
  };
}

/** Digits behind the decimal point, exactly; those beyond the ninth are dropped. */
export function readFraction(text: string, at: number, parsed: ParsedTime): number {
  let nsec = 0;
  let end = at;
  for (let digit = digitAt(text, end); digit !== -1; digit = digitAt(text, end)) {
    if (end - at < 9) nsec = nsec * 10 + digit;
    end += 1;
  }
  if (end === at) return -1;
  for (let count = end - at; count < 9; count += 1) nsec *= 10;
  parsed.nsec = nsec;
  return end;
}

/** Full names before their first three letters. */
function nameOf(names: readonly string[], note: Note): ParseStep {
  const byStart = new Map(names.map((name, index) => [name.slice(0, 3).toLowerCase(), index]));
  const lowerNames = names.map((name) => name.toLowerCase());
  return (text, at, parsed) => {
    const start = text.slice(at, at + 3);
    const index = byStart.get(start) ?? byStart.get(start.toLowerCase());
    if (index === undefined) return -1;
    note(parsed, index);
    const name = lowerNames[index] ?? '';
    const isFull = text.slice(at, at + name.length).toLowerCase() === name;
    return at + (isFull ? name.length : 3);
  };
}

const meridian = /([ap])(?:m\b|\.m\.)/iy;

function readMeridian(text: string, at: number, parsed: ParsedTime): number {
  meridian.lastIndex = at;
  const match = meridian.exec(text);
  if (match === null) return -1;
  parsed.isAfternoon = match[1]?.toLowerCase() === 'p';
  return meridian.lastIndex;
}

const zone = new RegExp(zonePattern, 'iy');

function readZone(text: string, at: number, parsed: ParsedTime): number {
  zone.lastIndex = at;
  const match = zone.exec(text);
  if (match === null) return -1;
  parsed.offset = offsetOfZoneText(match[0]);
  return parsed.offset === undefined ? -1 : zone.lastIndex;
}
