import { type EventRecord, getField, type MutableRecord, setField } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import { compileTimeParser } from '../event/time_parse.ts';
import { boolean, oneOf, section, string } from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import type { PluginContext } from './context.ts';
import { textOf } from './field_text.ts';
import { zoneIn, zoneOptions } from './time_options.ts';

const extractShape = {
  tagKey: string({ doc: 'The field that the tag is taken from.' }),
  keepTagKey: boolean({ doc: 'That field stays in the record.', default: false }),
  timeKey: string({ doc: 'The field that the time is taken from.' }),
  keepTimeKey: boolean({ doc: 'That field stays in the record.', default: false }),
  timeType: oneOf(['float', 'unixtime', 'string'], {
    doc: 'What the time field holds: seconds since 1970 with a fraction or without, or a text.',
    default: 'float',
  }),
  timeFormat: string({
    doc: 'For `time_type string`: as for strptime. Without it the usual forms are recognized.',
  }),
  ...zoneOptions,
};

/** The section `<extract>` of inputs: what to take out of every record. */
export const extractSection = section(extractShape, {
  doc: 'Fields that the tag and the time of an event are taken from.',
});

/** `<extract>` once parsed. */
export type ExtractOptions = Parsed<typeof extractShape>;

/** What was taken out of a record, where it was there, and what is left of it. */
export interface Extracted {
  readonly tag: string | undefined;
  readonly time: EventTime | undefined;
  readonly record: EventRecord;
}

/**
 * Compiles `<extract>`. Without the section, records come back as they are.
 * The result throws MR_TIME when the time field holds no time.
 * @throws MR_TIME when the options of time do not fit together
 */
export function compileExtract(
  options: ExtractOptions | undefined,
  context: Pick<PluginContext, 'clock' | 'timeZone'>,
): (record: EventRecord) => Extracted {
  if (options === undefined) return (record) => ({ tag: undefined, time: undefined, record });
  const { tagKey, timeKey } = options;
  const droppedTagKey = options.keepTagKey ? undefined : tagKey;
  const droppedTimeKey = options.keepTimeKey ? undefined : timeKey;
  const readTime = compileTimeParser({
    ...zoneIn(options, context),
    clock: context.clock,
    type: options.timeType,
    format: options.timeFormat,
  });
  return (record) => {
    const tag = tagKey === undefined ? undefined : getField(record, tagKey);
    const time = timeKey === undefined ? undefined : getField(record, timeKey);
    return {
      tag: tag === undefined ? undefined : textOf(tag),
      time: time === undefined ? undefined : readTime(time),
      record: without(record, droppedTagKey, droppedTimeKey),
    };
  };
}

function without(
  record: EventRecord,
  first: string | undefined,
  second: string | undefined,
): EventRecord {
  const rest: MutableRecord = {};
  let isChanged = false;
  for (const field of Object.keys(record)) {
    const value = record[field];
    if (field === first || field === second) isChanged = true;
    else if (value !== undefined) setField(rest, field, value);
  }
  return isChanged ? rest : record;
}
