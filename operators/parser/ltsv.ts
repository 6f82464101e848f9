import { MillraceError } from '../../lib/error.ts';
import type { EventValue } from '../../lib/event/entry.ts';
import { regexp, string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { inBytes } from '../../lib/plugin/field_text.ts';
import { compileRecordRules, entryOfTexts } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeKeyOption, timeTypeOption } from '../../lib/plugin/time_options.ts';

export default defineParser({
  type: 'ltsv',
  doc: 'Reads labelled tab-separated values: `host:h1` tab `message:hello`. What has no label is passed over.',
  options: {
    delimiter: string({ doc: 'What stands between two fields.', default: '\t' }),
    delimiterPattern: regexp({
      doc: 'What stands between two fields, as an expression; it takes the place of `delimiter`.',
    }),
    labelDelimiter: string({ doc: 'What stands between a label and its value.', default: ':' }),
    timeKey: timeKeyOption,
    timeType: timeTypeOption,
    ...parserOptions,
  },
  create(options, context) {
    const { delimiter, delimiterPattern, labelDelimiter } = options;
    if (delimiter === '' || labelDelimiter === '') {
      throw new MillraceError('MR_OPTION', 'parser `ltsv`: a delimiter is empty');
    }
    const rules = compileRecordRules(options, context);
    // Used again for every line: parsing is synchronous.
    const labels: string[] = [];
    const values: string[] = [];
    return textParser((text, restore) => {
      labels.length = 0;
      values.length = 0;
      const isText = restore === undefined;
      const labelEnd = isText ? labelDelimiter : inBytes(labelDelimiter);
      for (const field of text.split(
        delimiterPattern ?? (isText ? delimiter : inBytes(delimiter)),
      )) {
        const at = field.indexOf(labelEnd);
        if (at === -1) continue;
        labels.push(isText ? field.slice(0, at) : labelOf(restore(field.slice(0, at))));
        values.push(field.slice(at + labelEnd.length));
      }
      return [entryOfTexts(rules, labels, values, 0, restore)];
    });
  },
});

function labelOf(value: EventValue): string {
  return String(value);
}
