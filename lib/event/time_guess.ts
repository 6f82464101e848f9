import { type ParsedTime, resolveTime, type TimeContext, unknownTime } from './parsed_time.ts';
import { readFraction } from './strptime.ts';
import type { EventTime } from './time.ts';
import { monthNames } from './time_names.ts';
import { offsetOfZoneText, zonePattern } from './zone_names.ts';

/**
 * Recognizes a time of no given format, as Ruby's `Time.parse` does for the usual shapes: RFC 3339, ISO 8601
 * (basic, week and ordinal dates too), RFC 2822, access logs, syslog, `date` and `ctime`. Words that mean
 * nothing are passed over.
 */
export function guessTime(text: string, context: TimeContext): EventTime | undefined {
  if (text.length > longest) return undefined;
  const parsed = unknownTime();
  const basic = basicShape.exec(text);
  if (basic !== null) {
    noteFields(parsed, basic);
    return resolveTime(parsed, context);
  }
  const clock = clockShape.exec(text);
  let rest = text;
  if (clock !== null) {
    noteFields(parsed, clock);
    rest = `${text.slice(0, clock.index)} ${text.slice(clock.index + clock[0].length)}`;
  }
  const hasDate = noteDate(parsed, rest);
  return hasDate || clock !== null ? resolveTime(parsed, context) : undefined;
}

/** No time is longer; a bound on what the expressions may cost. */
const longest = 128;

/** `20240203T040506.5Z`, `20240203040506`, `20240203`. */
const basicShape = new RegExp(
  `^\\s*(?<year>\\d{4})(?<month>\\d\\d)(?<day>\\d\\d)(?:t?(?<hour>\\d\\d)(?<minute>\\d\\d)(?<second>\\d\\d)?(?:[.,](?<fraction>\\d+))?\\s*(?<zone>${zonePattern})?)?(?![\\d:])`,
  'i',
);

/** `04:05`, `4:05:06.789 pm`, `04:05:06 +09:00`, the latter also behind a `T` or, in access logs, a colon. */
const clockShape = new RegExp(
  `(?<![\\d.])(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d+))?)?(?!\\d)(?:\\s*(?<meridian>[ap])(?:m\\b|\\.m\\.))?(?:\\s*(?<zone>${zonePattern}))?`,
  'i',
);

const monthPattern = `(?<monthName>${monthNames.map((name) => name.slice(0, 3)).join('|')})[a-z]*\\.?`;

/** Tried in this order. */
const dateShapes: readonly RegExp[] = [
  // 2024-02-03, 2024/2/3
  /(?<!\d)(?<year>-?\d{4,})([-/])(?<month>\d{1,2})\2(?<day>\d{1,2})(?!\d)/,
  // 2024-W05-6
  /(?<!\d)(?<isoYear>\d{4})-?w(?<isoWeek>\d\d)(?:-?(?<weekday>[1-7]))?(?!\d)/i,
  // 2024-034
  /(?<!\d)(?<year>\d{4})-(?<dayOfYear>\d{3})(?!\d)/,
  // 2024 Feb 3
  new RegExp(`(?<!\\d)(?<year>\\d{4})[-/\\s]+${monthPattern}[-/\\s]*(?<day>\\d{1,2})(?!\\d)`, 'i'),
  // 3 Feb 2024, 03/Feb/2024, 3rd February 24
  new RegExp(
    `(?<!\\d)(?<day>\\d{1,2})(?:st|nd|rd|th)?[-/.\\s]*${monthPattern}(?:[-/,\\s]+(?<year>'?-?\\d{2,})(?!\\d|:))?`,
    'i',
  ),
  // Feb 3 2024, February 3rd, 2024, Feb 3
  new RegExp(
    `\\b${monthPattern}[-/\\s]*(?<day>\\d{1,2})(?:st|nd|rd|th)?(?!\\d)(?:[-/,\\s]+(?:[a-z]+\\s+)*(?<year>'?-?\\d{2,})(?!\\d|:))?`,
    'i',
  ),
  // 3.2.2024, 3/2/2024: the day comes first
  /(?<!\d)(?<day>\d{1,2})([-/.])(?<month>\d{1,2})\2(?<year>\d{4})(?!\d)/,
  // 2024-02
  /(?<!\d)(?<year>\d{4})-(?<month>\d\d)(?!\d)/,
];

function noteDate(parsed: ParsedTime, text: string): boolean {
  for (const shape of dateShapes) {
    const match = shape.exec(text);
    if (match === null) continue;
    noteFields(parsed, match);
    return true;
  }
  return false;
}

function noteFields(parsed: ParsedTime, match: RegExpExecArray): void {
  const found = match.groups ?? {};
  const numberOf = (name: string): number | undefined => {
    const text = found[name];
    return text === undefined ? undefined : Number(text);
  };
  parsed.month ??= monthOf(found['monthName']) ?? numberOf('month');
  parsed.day ??= numberOf('day');
  parsed.year ??= yearOf(found['year']);
  parsed.dayOfYear ??= numberOf('dayOfYear');
  parsed.isoYear ??= numberOf('isoYear');
  parsed.isoWeek ??= numberOf('isoWeek');
  parsed.weekday ??= numberOf('weekday');
  parsed.hour ??= numberOf('hour');
  parsed.minute ??= numberOf('minute');
  parsed.second ??= numberOf('second');
  if (found['fraction'] !== undefined) readFraction(found['fraction'], 0, parsed);
  if (found['meridian'] !== undefined) parsed.isAfternoon = /p/i.test(found['meridian']);
  if (found['zone'] !== undefined) parsed.offset ??= offsetOfZoneText(found['zone']);
}

function monthOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const start = name.toLowerCase();
  return monthNames.findIndex((month) => month.toLowerCase().startsWith(start)) + 1;
}

/** Two digits are a year of 1969 to 2068. */
function yearOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const digits = text.replace("'", '');
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year + (year >= 69 ? 1900 : 2000);
}
