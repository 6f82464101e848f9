import type { Clock } from '../clock.ts';
import { MillraceError } from '../error.ts';
import type { EventValue } from '../event/entry.ts';
import { compileTimeParser, type TimeParseOptions } from '../event/time_parse.ts';
import { parseZone, type ZoneOptions } from '../event/time_zone.ts';
import { textOf } from './field_text.ts';

/** Makes a value of another type of a field’s value, which is neither null nor false. */
export type ConvertValue = (value: EventValue) => EventValue;

/**
 * Compiles the option `types` of parsers: `string`, `integer`, `float`, `bool`, `time[:[zone:]format]` and
 * `array[:delimiter]`. Numbers are read as far as a text is one and are 0 otherwise, as in Fluentd.
 * @throws MR_OPTION when a type is unknown
 */
export function compileFieldTypes(
  types: Readonly<Record<string, unknown>>,
  zone: ZoneOptions,
  clock: Pick<Clock, 'now' | 'nowMs'>,
): ReadonlyMap<string, ConvertValue> {
  return new Map(
    Object.entries(types).map(([field, definition]) => {
      const [type = '', ...rest] = String(definition).split(':');
      const detail = rest.length === 0 ? undefined : rest.join(':');
      const convert = compileType(type, detail, zone, clock);
      if (convert !== undefined) return [field, convert];
      throw new MillraceError(
        'MR_OPTION',
        `\`types\`: \`${type}\` of field \`${field}\` is no type`,
        {
          hint: `the types are ${knownTypes.join(', ')}`,
        },
      );
    }),
  );
}

const knownTypes = ['string', 'integer', 'float', 'bool', 'time', 'array'];

function compileType(
  type: string,
  detail: string | undefined,
  zone: ZoneOptions,
  clock: Pick<Clock, 'now' | 'nowMs'>,
): ConvertValue | undefined {
  switch (type) {
    case 'string':
      return textOf;
    case 'integer':
      return toInteger;
    case 'float':
      return toFloat;
    case 'bool':
      return (value) => ['true', 'yes', '1'].includes(textOf(value).toLowerCase());
    case 'time':
      return compileTime(detail, zone, clock);
    case 'array': {
      const delimiter = detail ?? ',';
      return (value) => splitText(textOf(value), delimiter);
    }
    default:
      return undefined;
  }
}

/** The integer that a text begins with, 0 where it begins with none; of a float, its whole part. */
export function toInteger(value: EventValue): number | bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : 0;
  const text = textOf(value);
  const plain = fewDigits(text);
  if (plain !== undefined) return plain;
  const digits = /^\s*([+-]?\d+(?:_\d+)*)/.exec(text)?.[1]?.replaceAll('_', '');
  if (digits === undefined) return 0;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number + 0 : BigInt(digits.replace('+', ''));
}

/** The number that a text of nothing but a few digits is: nearly all texts are, and an expression takes ten times as long. */
function fewDigits(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined;
  let number = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

function toFloat(value: EventValue): EventValue {
  if (typeof value === 'number') return value;
  const text = textOf(value);
  const digits = /^\s*([+-]?(?:\d+(?:_\d+)*)?(?:\.\d+(?:_\d+)*)?(?:e[+-]?\d+)?)/i.exec(text)?.[1];
  const number = Number(digits?.replaceAll('_', ''));
  return Number.isNaN(number) ? 0 : number;
}

/** The detail is `format` or `zone:format`, and a format may hold colons. */
function compileTime(
  detail: string | undefined,
  zone: ZoneOptions,
  clock: Pick<Clock, 'now' | 'nowMs'>,
): ConvertValue {
  const colon = detail?.indexOf(':') ?? -1;
  const first = detail?.slice(0, colon === -1 ? undefined : colon);
  const timezone = first !== undefined && isZone(first) ? first : undefined;
  const format = timezone === undefined || colon === -1 ? detail : detail?.slice(colon + 1);
  const options: TimeParseOptions =
    format === 'unixtime' || format === 'float'
      ? { type: format, clock }
      : { ...zone, clock, format, ...(timezone !== undefined && { timezone }) };
  const parse = compileTimeParser(options);
  return (value) => {
    try {
      return parse(value);
    } catch {
      // What is no such time becomes null: the rest of the event is still good.
      return null;
    }
  };
}

function isZone(text: string): boolean {
  try {
    parseZone(text);
    return true;
  } catch {
    return false;
  }
}

/** Parts between delimiters; empty ones at the end do not count. A blank stands for any white space. */
function splitText(text: string, delimiter: string): readonly string[] {
  const parts = delimiter === ' ' ? text.trim().split(/\s+/) : text.split(delimiter);
  while (parts.at(-1) === '') parts.pop();
  return parts;
}
