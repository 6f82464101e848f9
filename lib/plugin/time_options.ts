import { MillraceError, toError } from '../error.ts';
import { parseZone, regionZone, type ZoneOptions } from '../event/time_zone.ts';
import { array, boolean, custom, hash, oneOf, regexp, string } from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import type { PluginContext } from './context.ts';

/** Options of everything that reads or prints times in a zone: to be spread into a plugin's options. */
export const zoneOptions = {
  localtime: boolean({
    doc: 'Times are local ones. True unless `utc` or `timezone` say otherwise; false means UTC.',
  }),
  utc: boolean({ doc: 'Times are in UTC.', default: false }),
  timezone: custom(
    { type: 'timezone', fromText: checkedZone },
    { doc: 'The zone of times: an offset such as `+09:00`, or a place such as `Asia/Tokyo`.' },
  ),
} as const;

/** Options that all parsers have, apart from `time_key` and `time_type`, whose defaults differ. */
export const parserOptions = {
  ...zoneOptions,
  keepTimeKey: boolean({
    doc: 'The field that the time is read from stays in the record.',
    default: false,
  }),
  timeFormat: string({
    doc: 'How the time is written, as for strptime; also `%iso8601`. Without it the usual forms are recognized.',
  }),
  timeFormatFallbacks: array({
    doc: 'For `time_type mixed`: formats, `unixtime` or `float`, tried in order after `time_format`.',
    default: [],
  }),
  estimateCurrentEvent: boolean({
    doc: 'An event without a time field gets the current time. If false, whoever uses the parser gives it one.',
    default: true,
  }),
  types: hash({
    doc: 'Types of fields: `size:integer,ok:bool,at:time:%Y-%m-%d,tags:array:;`. Types are string, integer, float, bool, time and array.',
  }),
  nullValuePattern: regexp({ doc: 'A text that matches becomes null: `^-$`.' }),
  nullEmptyString: boolean({ doc: 'An empty text becomes null.', default: false }),
} as const;

/** The field that holds the time, in a parser's options: `time` for most of them. */
export const timeKeyOption = string({
  doc: 'The field that the time of the event is read from.',
  default: 'time',
});

/** How the time's field is written, in a parser's options, where nothing else is usual. */
export const timeTypeOption = oneOf(['string', 'unixtime', 'float', 'mixed'], {
  doc: 'What the time field holds: a text, seconds since 1970, those with a fraction, or any of the formats given.',
  default: 'string',
});

/** What `parserOptions` give once parsed. */
export type ParserOptions = Parsed<typeof parserOptions>;

/** The zone that options and context mean together, for `compileTimeParser` and `compileTimeFormatter`. */
export function zoneIn(
  options: Parsed<typeof zoneOptions>,
  context: Pick<PluginContext, 'timeZone'>,
): ZoneOptions {
  const { timeZone } = context;
  const { localtime, utc, timezone } = options;
  if (timeZone === undefined) return { localtime, utc, timezone };
  const local = /^[+-]/.test(timeZone) ? parseZone(timeZone) : regionZone(timeZone);
  return { localtime, utc, timezone, local };
}

function checkedZone(text: string): string {
  try {
    parseZone(text);
    return text;
  } catch (cause) {
    const hint = cause instanceof MillraceError ? cause.hint : undefined;
    throw new MillraceError('MR_OPTION', toError(cause).message, { cause, hint });
  }
}
