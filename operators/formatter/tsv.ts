import { MillraceError } from '../../lib/error.ts';
import { getField } from '../../lib/event/entry.ts';
import { array, string } from '../../lib/option/declare.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { newlineOf, newlineOptions } from '../../lib/plugin/formatter_options.ts';
import { lineForm, onOneLine } from '../../lib/plugin/line_form.ts';

export default defineFormatter({
  type: 'tsv',
  doc: 'Writes fields of each event as tab-separated values. A field that is missing is empty; tabs and line breaks in a value become blanks, since nothing can quote them.',
  options: {
    keys: array({ doc: 'The fields that are written, in order.', required: true }),
    delimiter: string({ doc: 'What stands between two values.', default: '\t' }),
    ...newlineOptions,
  },
  create(options) {
    const { keys, delimiter } = options;
    if (delimiter === '') {
      throw new MillraceError('MR_OPTION', 'formatter `tsv`: `delimiter` is empty');
    }
    const newline = newlineOf(options);
    return ({ record }) => {
      const values = keys.map((key) => getField(record, key));
      const form = lineForm(values);
      const between = form.own(delimiter);
      const texts = values.map((value) => onOneLine(form.of(value), between, ' '));
      return form.finish(texts.join(between) + newline);
    };
  },
});
