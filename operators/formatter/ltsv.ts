import { MillraceError } from '../../lib/error.ts';
import { string } from '../../lib/option/declare.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { newlineOf, newlineOptions } from '../../lib/plugin/formatter_options.ts';
import { printLtsv } from '../../lib/plugin/ltsv_text.ts';

export default defineFormatter({
  type: 'ltsv',
  doc: 'Writes the record of each event as labelled tab-separated values: `host:h1` tab `message:hello`.',
  options: {
    delimiter: string({ doc: 'What stands between two fields.', default: '\t' }),
    labelDelimiter: string({ doc: 'What stands between a label and its value.', default: ':' }),
    replacement: string({
      doc: 'What delimiters and line breaks in labels and values become.',
      default: ' ',
    }),
    ...newlineOptions,
  },
  create(options) {
    const { delimiter, labelDelimiter, replacement } = options;
    if (delimiter === '') {
      throw new MillraceError('MR_OPTION', 'formatter `ltsv`: `delimiter` is empty');
    }
    const style = { delimiter, labelDelimiter, replacement };
    const newline = newlineOf(options);
    return ({ record }) => printLtsv(record, style, newline);
  },
});
