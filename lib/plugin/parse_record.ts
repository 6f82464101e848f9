import {
  copyRecord,
  type EventRecord,
  type EventValue,
  getField,
  type MutableRecord,
  RawString,
  setField,
} from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { compileTimeParser, type TimeParseOptions, type TimeParser } from '../event/time_parse.ts';
import type { PluginContext } from './context.ts';
import type { ParsedEntry } from './contract.ts';
import { compileFieldTypes } from './field_types.ts';
import { type ParserOptions, zoneIn } from './time_options.ts';

/** How the fields that a parser found become an event: its time, and the values of the other fields. */
export interface RecordRules {
  /** The field that holds the time, if any. */
  readonly timeKey: string | undefined;
  readonly keepsTimeKey: boolean;
  /** Reads the time field. @throws MR_TIME when it holds no time */
  readonly readTime: TimeParser;
  /** The time of an event whose text tells none: now, or null. */
  readonly timeWithout: () => EventTime | null;
  /** What becomes of a field's value; undefined when all stay as they are. */
  readonly convert: ((field: string, value: EventValue) => EventValue) | undefined;
}

/** `parserOptions` with the two whose defaults differ from parser to parser. */
export interface RecordOptions extends ParserOptions {
  readonly timeKey: string | undefined;
  readonly timeType: TimeParseOptions['type'];
}

/**
 * Compiles what `parserOptions` say.
 * @throws MR_OPTION when a type is unknown; MR_TIME when the options of time do not fit together
 */
export function compileRecordRules(
  options: RecordOptions,
  context: Pick<PluginContext, 'clock' | 'timeZone'>,
): RecordRules {
  const { clock } = context;
  const zone = zoneIn(options, context);
  const now = (): EventTime => {
    const { sec, nsec } = clock.now();
    return new EventTime(sec, nsec);
  };
  return {
    timeKey: options.timeKey,
    keepsTimeKey: options.keepTimeKey,
    readTime: compileTimeParser({
      ...zone,
      clock,
      type: options.timeType,
      format: options.timeFormat,
      fallbacks: options.timeFormatFallbacks,
    }),
    timeWithout: options.estimateCurrentEvent ? now : () => null,
    convert: compileConvert(options, context),
  };
}

/**
 * An event of all fields at once, for parsers that get a record as a whole.
 * @throws MR_TIME when the time field holds no time
 */
export function finishRecord(rules: RecordRules, record: EventRecord): ParsedEntry {
  const { timeKey, keepsTimeKey, convert } = rules;
  const timeValue = timeKey === undefined ? undefined : getField(record, timeKey);
  const time = timeValue === undefined ? rules.timeWithout() : rules.readTime(timeValue);
  const isWithout = timeValue !== undefined && !keepsTimeKey;
  if (convert === undefined) {
    return { time, record: isWithout ? without(record, timeKey) : record };
  }
  const converted = isWithout ? without(record, timeKey) : copyRecord(record);
  for (const field of Object.keys(converted)) {
    const value = converted[field];
    if (value !== undefined) setField(converted, field, convert(field, value));
  }
  return { time, record: converted };
}

/**
 * An event of texts: text `first + n` is the field of name `n`, and there is none where it is undefined. Texts
 * that stand for bytes are made values by `restore`; a null stays one.
 * @throws MR_TIME when the time field holds no time
 */
export function entryOfTexts(
  rules: RecordRules,
  names: readonly string[],
  texts: readonly (string | null | undefined)[],
  first = 0,
  restore?: (text: string) => EventValue,
): ParsedEntry {
  const { timeKey, keepsTimeKey, convert } = rules;
  const record: MutableRecord = {};
  let time: EventTime | undefined;
  for (let index = 0; index < names.length; index += 1) {
    const text = texts[first + index];
    const name = names[index];
    if (text === undefined || name === undefined) continue;
    const value = restore === undefined || text === null ? text : restore(text);
    if (name === timeKey) {
      time = rules.readTime(value);
      if (!keepsTimeKey) continue;
    }
    setField(record, name, convert === undefined ? value : convert(name, value));
  }
  return { time: time ?? rules.timeWithout(), record };
}

function without(record: EventRecord, key: string | undefined): MutableRecord {
  const rest: MutableRecord = {};
  for (const field of Object.keys(record)) {
    const value = record[field];
    if (field !== key && value !== undefined) setField(rest, field, value);
  }
  return rest;
}

function compileConvert(
  options: ParserOptions,
  context: Pick<PluginContext, 'clock' | 'timeZone'>,
): RecordRules['convert'] {
  const { types, nullValuePattern: pattern, nullEmptyString } = options;
  if (types === undefined && pattern === undefined && !nullEmptyString) return undefined;
  const converters = compileFieldTypes(types ?? {}, zoneIn(options, context), context.clock);
  return (field, value) => {
    if (value === null || value === false) return value;
    if (typeof value === 'string' || value instanceof RawString) {
      const text = String(value);
      if ((nullEmptyString && text === '') || pattern?.test(text) === true) return null;
    }
    const convert = converters.get(field);
    return convert === undefined ? value : convert(value);
  };
}
