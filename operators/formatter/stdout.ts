import { printJsonExactly } from '../../lib/codec/json_print.ts';
import { printRuby } from '../../lib/codec/ruby_print.ts';
import type { EventRecord } from '../../lib/event/entry.ts';
import { compileTimeFormatter } from '../../lib/event/time_format.ts';
import { oneOf, string } from '../../lib/option/declare.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { joinText } from '../../lib/plugin/formatter_options.ts';
import { printLtsv } from '../../lib/plugin/ltsv_text.ts';
import { zoneIn, zoneOptions } from '../../lib/plugin/time_options.ts';

export default defineFormatter({
  type: 'stdout',
  doc: 'Writes each event for a person to read: `2024-02-03 04:05:06.123456789 +0000 tag: {"a":1}`.',
  options: {
    outputType: oneOf(['json', 'ltsv', 'hash'], {
      doc: 'How the record is written.',
      default: 'json',
    }),
    timeFormat: string({
      doc: 'How the time is written, as for strftime.',
      default: '%Y-%m-%d %H:%M:%S.%N %z',
    }),
    timeType: oneOf(['string', 'unixtime', 'float'], {
      doc: 'The time is written as a text, as seconds since 1970, or as those with a fraction.',
      default: 'string',
    }),
    ...zoneOptions,
  },
  create(options, context) {
    const printRecord = printers[options.outputType];
    const printTime = compileTimeFormatter({
      ...zoneIn(options, context),
      type: options.timeType,
      format: options.timeFormat,
    });
    return ({ time, record }, tag) => {
      return joinText(`${printTime(time)} ${tag}: `, printRecord(record), '\n');
    };
  },
});

const printers = {
  json: printJsonExactly,
  ltsv: (record: EventRecord) => printLtsv(record),
  hash: (record: EventRecord) => printRuby(record),
};
