import { printJsonExactly } from '../../lib/codec/json_print.ts';
import { compileTimeFormatter } from '../../lib/event/time_format.ts';
import { boolean, custom, oneOf, string } from '../../lib/option/declare.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { joinText, newlineOf, newlineOptions } from '../../lib/plugin/formatter_options.ts';
import { zoneIn, zoneOptions } from '../../lib/plugin/time_options.ts';

export default defineFormatter({
  type: 'out_file',
  doc: 'Writes time, tag and record (as JSON) of each event, with tabs between.',
  options: {
    outputTime: boolean({ doc: 'The time is written.', default: true }),
    outputTag: boolean({ doc: 'The tag is written.', default: true }),
    delimiter: custom(
      { type: 'string', fromText: readDelimiter },
      { doc: 'What stands between: `TAB`, `SPACE`, `COMMA` or any text.', default: '\t' },
    ),
    timeType: oneOf(['string', 'unixtime', 'float'], {
      doc: 'The time is written as a text, as seconds since 1970, or as those with a fraction.',
      default: 'string',
    }),
    timeFormat: string({ doc: 'How the time is written, as for strftime. Default: ISO 8601.' }),
    ...zoneOptions,
    newline: newlineOptions.newline,
  },
  create(options, context) {
    const { outputTime, outputTag, delimiter } = options;
    const newline = newlineOf(options);
    const printTime = compileTimeFormatter({
      ...zoneIn(options, context),
      type: options.timeType,
      format: options.timeFormat,
    });
    return ({ time, record }, tag) => {
      const timeText = outputTime ? printTime(time) + delimiter : '';
      const tagText = outputTag ? tag + delimiter : '';
      return joinText(timeText + tagText, printJsonExactly(record), newline);
    };
  },
});

const delimiters = new Map([
  ['TAB', '\t'],
  ['SPACE', ' '],
  ['COMMA', ','],
]);

function readDelimiter(text: string): string {
  return delimiters.get(text.toUpperCase()) ?? text;
}
