import { MillraceError } from '../../lib/error.ts';
import { compileAccessor } from '../../lib/event/accessor.ts';
import { array, boolean, custom } from '../../lib/option/declare.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';
import { newlineOf, newlineOptions } from '../../lib/plugin/formatter_options.ts';
import { lineForm } from '../../lib/plugin/line_form.ts';

export default defineFormatter({
  type: 'csv',
  doc: 'Writes fields of each event as a line of comma-separated values (RFC 4180). A field that is missing is empty.',
  options: {
    fields: array({
      doc: 'The fields that are written, in order: names, or paths such as `$.a.b`.',
      required: true,
    }),
    delimiter: custom(
      { type: 'string', fromText: readDelimiter },
      { doc: 'What stands between two values: any text, `TAB` or `\\t`.', default: ',' },
    ),
    forceQuotes: boolean({
      doc: 'All values are in quotes. Otherwise only those that need it.',
      default: true,
    }),
    ...newlineOptions,
  },
  create(options) {
    const { delimiter, forceQuotes } = options;
    const accessors = options.fields.filter((field) => field !== '').map(compileAccessor);
    if (accessors.length === 0) {
      throw new MillraceError('MR_OPTION', 'formatter `csv`: `fields` names no field');
    }
    const newline = newlineOf(options);
    return ({ record }) => {
      const values = accessors.map((accessor) => accessor.get(record));
      const form = lineForm(values);
      const between = form.own(delimiter);
      const texts = values.map((value) => {
        // As Ruby's CSV has it: without quotes nothing is null, and what is empty needs quotes.
        if (!forceQuotes && (value === null || value === undefined)) return '';
        const text = form.of(value);
        return forceQuotes || needsQuotes(text, between) ? `"${text.replaceAll('"', '""')}"` : text;
      });
      return form.finish(texts.join(between) + newline);
    };
  },
});

function needsQuotes(text: string, delimiter: string): boolean {
  return text === '' || text.includes(delimiter) || /["\r\n]/.test(text);
}

function readDelimiter(text: string): string {
  if (text === '') throw new MillraceError('MR_OPTION', 'expected a text that is not empty');
  return text === 'TAB' || text === '\\t' ? '\t' : text;
}
