import { MillraceError } from '../../lib/error.ts';
import { array, string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { inBytes } from '../../lib/plugin/field_text.ts';
import { compileRecordRules, entryOfTexts } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeTypeOption } from '../../lib/plugin/time_options.ts';

export default defineParser({
  type: 'tsv',
  doc: 'Reads values with tabs between. The last field takes the rest of the line; fields that a line lacks are null. There are no quotes.',
  options: {
    keys: array({ doc: 'The names of the fields, in order.', required: true }),
    delimiter: string({ doc: 'What stands between two values.', default: '\t' }),
    timeKey: string({ doc: 'The field that the time of the event is read from.' }),
    timeType: timeTypeOption,
    ...parserOptions,
  },
  create(options, context) {
    const { keys, delimiter } = options;
    if (delimiter === '') {
      throw new MillraceError('MR_OPTION', 'parser `tsv`: `delimiter` is empty');
    }
    const rules = compileRecordRules(options, context);
    return textParser((text, restore) => {
      const values = split(
        text,
        restore === undefined ? delimiter : inBytes(delimiter),
        keys.length,
      );
      return [entryOfTexts(rules, keys, values, 0, restore)];
    });
  },
});

/** The parts of a text, `count` of them: the last one is the rest, and those that are not there are null. */
function split(text: string, delimiter: string, count: number): (string | null)[] {
  const parts: (string | null)[] = [];
  let begin = text === '' ? -1 : 0;
  while (parts.length < count) {
    const isLast = parts.length === count - 1;
    const end = begin === -1 || isLast ? -1 : text.indexOf(delimiter, begin);
    if (begin === -1) parts.push(null);
    else parts.push(end === -1 ? text.slice(begin) : text.slice(begin, end));
    begin = end === -1 ? -1 : end + delimiter.length;
  }
  return parts;
}
