import assert from 'node:assert/strict';
import { encodeEntry } from '../../lib/codec/entry_codec.ts';
import { printJson } from '../../lib/codec/json_print.ts';
import type { EventValue } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { compileTimeFormatter, type TimeFormatOptions } from '../../lib/event/time_format.ts';
import { compileTimeParser, type TimeParseOptions } from '../../lib/event/time_parse.ts';
import { regionZone, type ZoneOptions } from '../../lib/event/time_zone.ts';
import type { GoldenCase } from './adaptor.ts';

/** Parses, prints or encodes a time. */
export default function eventTime(golden: GoldenCase): void {
  if (golden.error !== undefined) assert.throws(() => run(golden.in));
  else assert.deepEqual(run(golden.in), golden.out);
}

type Input = GoldenCase['in'];

function run(input: Input): unknown {
  switch (input['kind']) {
    case 'parse':
      return parse(input);
    case 'format':
      return { text: compileTimeFormatter(formatOptions(input))(timeOf(input['time'])) };
    case 'encode':
      return encode(timeOf(input['time']));
    default:
      throw new Error(`no such kind: ${String(input['kind'])}`);
  }
}

function parse(input: Input): unknown {
  const { sec, nsec } = compileTimeParser(parseOptions(input))(
    (input['text'] ?? input['value'] ?? null) as EventValue,
  );
  return { time: [sec, nsec] };
}

function encode(time: EventTime): unknown {
  const [arrayOfTwo, emptyMap] = [Buffer.of(0x92), Buffer.of(0x80)];
  const entry = Buffer.from(encodeEntry({ time, record: {} }));
  assert(entry.subarray(0, 1).equals(arrayOfTwo) && entry.subarray(-1).equals(emptyMap));
  const moment = new EventTime(time.sec + Math.floor(time.nsec / 1e9), time.nsec % 1e9);
  const inspect = compileTimeFormatter({ format: '%Y-%m-%d %H:%M:%S.%N %z', utc: true });
  return {
    msgpack_hex: entry.subarray(1, -1).toString('hex'),
    json: printJson(time),
    text: compileTimeFormatter({ type: 'unixtime' })(time),
    float: time.toSeconds(),
    inspect: inspect(moment),
  };
}

function parseOptions(input: Input): TimeParseOptions {
  const now = timeOf(input['now']);
  return {
    ...formatOptions(input),
    ...(input['fallbacks'] === undefined ? {} : { fallbacks: input['fallbacks'] as string[] }),
    clock: { now: () => now, nowMs: () => now.sec * 1000 },
  };
}

function formatOptions(input: Input): ZoneOptions & Pick<TimeFormatOptions, 'type' | 'format'> {
  const { tz, localtime, timezone, format, time_type: type } = input;
  return {
    local: regionZone(typeof tz === 'string' ? tz : 'UTC'),
    localtime: localtime !== false,
    timezone: typeof timezone === 'string' ? timezone : undefined,
    format: typeof format === 'string' ? format : undefined,
    type: type === 'unixtime' || type === 'float' ? type : undefined,
  };
}

/** `[sec, nsec]`, or whole seconds. */
function timeOf(value: unknown): EventTime {
  if (typeof value === 'number') return new EventTime(value, 0);
  assert(Array.isArray(value));
  const [sec, nsec] = value;
  return new EventTime(Number(sec), Number(nsec));
}
