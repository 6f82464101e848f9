import { MsgpackReader } from '../../lib/codec/msgpack_reader.ts';
import { MsgpackSplitter } from '../../lib/codec/msgpack_splitter.ts';
import { type EventValue, isRecord } from '../../lib/event/entry.ts';
import { string } from '../../lib/option/declare.ts';
import type { ParsedEntry } from '../../lib/plugin/contract.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules, finishRecord } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeTypeOption } from '../../lib/plugin/time_options.ts';

/** In a stream of values; one that claims more is taken for damage. */
const longestValueBytes = 256 * 1024 * 1024;

export default defineParser({
  type: 'msgpack',
  doc: 'Reads MessagePack: maps one after another, or lists of maps. A value that is cut off at the end gives no event.',
  options: {
    timeKey: string({ doc: 'The field that the time of the event is read from.' }),
    timeType: timeTypeOption,
    ...parserOptions,
  },
  create(options, context) {
    const rules = compileRecordRules(options, context);
    const reader = new MsgpackReader();
    const finish = (value: EventValue): ParsedEntry | null =>
      isRecord(value) ? finishRecord(rules, value) : null;
    return {
      parse(input) {
        const splitter = new MsgpackSplitter(Number.POSITIVE_INFINITY);
        splitter.push(typeof input === 'string' ? Buffer.from(input) : input);
        const entries: (ParsedEntry | null)[] = [];
        for (let bytes = splitter.next(); bytes !== undefined; bytes = splitter.next()) {
          reader.open(bytes);
          const value = reader.value();
          if (isList(value)) for (const each of value) entries.push(finish(each));
          else entries.push(finish(value));
        }
        return entries;
      },
      splitter: () => new MsgpackSplitter(longestValueBytes),
    };
  },
});

function isList(value: EventValue): value is readonly EventValue[] {
  return Array.isArray(value);
}
