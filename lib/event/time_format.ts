import { compileStrftime, type LocalSecond, localSecond } from './strftime.ts';
import type { EventTime } from './time.ts';
import { chooseZone, type TimeZone, utcZone, type ZoneOptions } from './time_zone.ts';

/** How a time is printed. */
export interface TimeFormatOptions extends ZoneOptions {
  /** `string` unless told otherwise. */
  readonly type?: 'string' | 'unixtime' | 'float' | undefined;
  /** As in Ruby's `Time#strftime`; `%iso8601`, and no format at all, is `2024-02-06T04:05:06+09:00`. */
  readonly format?: string | undefined;
}

export type TimeFormatter = (time: EventTime) => string;

/**
 * Compiles a way to print times. Texts are kept from one time of a second to the next, so that only the
 * fraction is printed anew.
 * @throws MR_TIME when the zone is unknown
 */
export function compileTimeFormatter(options: TimeFormatOptions): TimeFormatter {
  if (options.type === 'unixtime') return (time) => String(time.sec);
  if (options.type === 'float') return formatFloat;
  const zone = chooseZone(options);
  return compileInZone(options.format ?? '%iso8601', zone);
}

/** Seconds with all nine decimals, exactly; a whole second ends in `.0`. */
function formatFloat(time: EventTime): string {
  if (time.nsec === 0) return `${time.sec}.0`;
  if (time.sec >= 0) return `${time.sec}.${digitsOf(time.nsec)}`;
  // Nanoseconds count upwards, also before 1970: -2 s and 0.9 s is -1.1.
  return `-${-time.sec - 1}.${digitsOf(1e9 - time.nsec)}`;
}

function compileInZone(format: string, zone: TimeZone): TimeFormatter {
  const iso = `%Y-%m-%dT%H:%M:%S${zone === utcZone ? 'Z' : '%:z'}`;
  const { texts, fractions } = groupParts(
    format.replace(/%%|%iso8601/g, (token) => (token === '%%' ? token : iso)),
  );
  let lastSec = Number.NaN;
  let printed: string[] = [];
  return (time) => {
    if (time.sec !== lastSec) {
      const second = localSecond(time.sec, zone);
      printed = texts.map((print) => print(second));
      lastSec = time.sec;
    }
    let text = printed[0] ?? '';
    for (let index = 0; index < fractions.length; index += 1) {
      text += fractionOf(time.nsec, fractions[index] ?? 9) + (printed[index + 1] ?? '');
    }
    return text;
  };
}

interface GroupedParts {
  /** One more than fractions: they stand between the texts. */
  readonly texts: readonly ((second: LocalSecond) => string)[];
  /** How many digits each fraction has. */
  readonly fractions: readonly number[];
}

function groupParts(format: string): GroupedParts {
  const groups: ((second: LocalSecond) => string)[][] = [[]];
  const fractions: number[] = [];
  for (const part of compileStrftime(format)) {
    if (part.kind === 'second') groups.at(-1)?.push(part.print);
    else {
      fractions.push(part.digits);
      groups.push([]);
    }
  }
  const texts = groups.map((group) => (second: LocalSecond) => {
    let text = '';
    for (const print of group) text += print(second);
    return text;
  });
  return { texts, fractions };
}

function fractionOf(nsec: number, digits: number): string {
  const all = digitsOf(nsec);
  return digits <= 9 ? all.slice(0, digits) : all.padEnd(digits, '0');
}

function digitsOf(nsec: number): string {
  return String(nsec).padStart(9, '0');
}
