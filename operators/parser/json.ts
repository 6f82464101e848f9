import { parseJson } from '../../lib/codec/json.ts';
import { JsonLineReader } from '../../lib/codec/json_lines.ts';
import { decodeUtf8 } from '../../lib/codec/text.ts';
import { type EventValue, isRecord } from '../../lib/event/entry.ts';
import { oneOf } from '../../lib/option/declare.ts';
import type { Parser } from '../../lib/plugin/contract.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules, finishRecord } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeKeyOption } from '../../lib/plugin/time_options.ts';

export default defineParser({
  type: 'json',
  doc: 'Reads a JSON object as an event, a JSON array as several.',
  options: {
    timeKey: timeKeyOption,
    timeType: oneOf(['string', 'unixtime', 'float', 'mixed'], {
      doc: 'What the time field holds. Default: `string` with a `time_format`, else `float`: seconds since 1970 with a fraction.',
    }),
    jsonParser: oneOf(['oj', 'json', 'yajl'], {
      doc: 'Accepted for Fluentd, where it chooses a library.',
      default: 'oj',
    }),
    ...parserOptions,
  },
  create(options, context) {
    const { timeType = options.timeFormat === undefined ? 'float' : 'string' } = options;
    const rules = compileRecordRules({ ...options, timeType }, context);
    const parse: Parser['parse'] = (input) => {
      const text = typeof input === 'string' ? input : decodeUtf8(input);
      const value = typeof text === 'string' ? tryParse(text) : undefined;
      if (isRecord(value)) return [finishRecord(rules, value)];
      if (!isList(value)) return null;
      return value.map((each) => (isRecord(each) ? finishRecord(rules, each) : null));
    };
    if (rules.convert !== undefined) return { parse };
    const reader = new JsonLineReader({ ...rules, parse, seconds: secondsOf(timeType) });
    return { parse, readLines: (lines, now) => reader.read(lines, now) };
  },
});

/** What a number in the time field means. */
function secondsOf(timeType: string): 'whole' | 'fraction' | undefined {
  if (timeType === 'unixtime') return 'whole';
  return timeType === 'float' ? 'fraction' : undefined;
}

function tryParse(text: string): EventValue | undefined {
  try {
    return parseJson(text);
  } catch {
    // Whatever is wrong with it, the text is not JSON.
    return undefined;
  }
}

function isList(value: EventValue | undefined): value is readonly EventValue[] {
  return Array.isArray(value);
}
