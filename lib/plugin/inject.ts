import { copyRecord, type Entry, type EventValue, Float, setField } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import { compileTimeFormatter } from '../event/time_format.ts';
import { oneOf, section, string } from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';
import type { PluginContext } from './context.ts';
import { zoneIn, zoneOptions } from './time_options.ts';

const injectShape = {
  hostnameKey: string({ doc: 'The field that gets the host name.' }),
  hostname: string({ doc: 'The host name to write. Default: the name of this host.' }),
  workerIdKey: string({ doc: 'The field that gets the number of the worker.' }),
  tagKey: string({ doc: 'The field that gets the tag.' }),
  timeKey: string({ doc: 'The field that gets the time.' }),
  timeType: oneOf(
    ['float', 'unixtime', 'unixtime_millis', 'unixtime_micros', 'unixtime_nanos', 'string'],
    {
      doc: 'How the time is written: as seconds, with a fraction down to microseconds (`float`) or without, as a whole number of smaller units, or as a text by `time_format`.',
      default: 'float',
    },
  ),
  timeFormat: string({
    doc: 'For `time_type string`: as for strftime. Default: ISO 8601.',
  }),
  ...zoneOptions,
};

/** The section `<inject>` of outputs and filters: what to write into every record. */
export const injectSection = section(injectShape, {
  doc: 'Fields that are written into every record: host name, worker, tag, time.',
});

/** `<inject>` once parsed. */
export type InjectOptions = Parsed<typeof injectShape>;

/**
 * Compiles `<inject>`. A field that is there already is overwritten in its place; the event keeps its time.
 * Without the section, entries come back as they are.
 * @throws MR_TIME when the options of time do not fit together
 */
export function compileInject(
  options: InjectOptions | undefined,
  context: Pick<PluginContext, 'hostname' | 'workerId' | 'timeZone'>,
): (entry: Entry, tag: string) => Entry {
  if (options === undefined) return (entry) => entry;
  const { hostnameKey, workerIdKey, tagKey, timeKey } = options;
  const hostname = options.hostname ?? context.hostname;
  const printTime = compileTime(options, context);
  return (entry, tag) => {
    const record = copyRecord(entry.record);
    if (hostnameKey !== undefined) setField(record, hostnameKey, hostname);
    if (workerIdKey !== undefined) setField(record, workerIdKey, context.workerId);
    if (tagKey !== undefined) setField(record, tagKey, tag);
    if (timeKey !== undefined) setField(record, timeKey, printTime(entry.time));
    return { time: entry.time, record };
  };
}

function compileTime(
  options: InjectOptions,
  context: Pick<PluginContext, 'timeZone'>,
): (time: EventTime) => EventValue {
  switch (options.timeType) {
    case 'unixtime':
      return (time) => time.sec;
    case 'unixtime_millis':
      return (time) => time.sec * 1e3 + Math.floor(time.nsec / 1e6);
    case 'unixtime_micros':
      return microsOf;
    case 'unixtime_nanos':
      return nanosOf;
    case 'float':
      return floatOf;
    case 'string':
      return compileTimeFormatter({ ...zoneIn(options, context), format: options.timeFormat });
  }
}

function microsOf(time: EventTime): number {
  return time.sec * 1e6 + Math.floor(time.nsec / 1e3);
}

/** Whole seconds are a float too: the type of a field must not depend on the moment. */
function floatOf(time: EventTime): number | Float {
  const micros = microsOf(time);
  return micros % 1e6 === 0 ? new Float(micros / 1e6) : micros / 1e6;
}

/** A bigint where a number would not be exact, which is after April 1970. */
function nanosOf(time: EventTime): number | bigint {
  const nanos = BigInt(time.sec) * 1_000_000_000n + BigInt(time.nsec);
  const number = Number(nanos);
  return Number.isSafeInteger(number) ? number : nanos;
}
