import { MillraceError } from '../../lib/error.ts';
import { array, oneOf, string } from '../../lib/option/declare.ts';
import { textParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { inBytes } from '../../lib/plugin/field_text.ts';
import { compileRecordRules, entryOfTexts } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeTypeOption } from '../../lib/plugin/time_options.ts';

export default defineParser({
  type: 'csv',
  doc: 'Reads a line of comma-separated values (RFC 4180). A value may stand in quotes, with quotes in it doubled; an empty one without quotes is null.',
  options: {
    keys: array({ doc: 'The names of the fields, in order.', required: true }),
    delimiter: string({ doc: 'What stands between two values.', default: ',' }),
    parserEngine: oneOf(['normal', 'fast'], {
      doc: 'Fluentd’s two ways to read; here both are as fast and as strict. With `normal`, fields that a line lacks are null, with `fast` they are absent.',
      default: 'normal',
      aliases: ['parserType'],
    }),
    timeKey: string({ doc: 'The field that the time of the event is read from.' }),
    timeType: timeTypeOption,
    ...parserOptions,
  },
  create(options, context) {
    const { keys, delimiter, parserEngine } = options;
    if (delimiter === '') {
      throw new MillraceError('MR_OPTION', 'parser `csv`: `delimiter` is empty');
    }
    const rules = compileRecordRules(options, context);
    return textParser((text, restore) => {
      const values = readRow(text, restore === undefined ? delimiter : inBytes(delimiter));
      if (values === null) return null;
      if (parserEngine === 'normal') while (values.length < keys.length) values.push(null);
      return [entryOfTexts(rules, keys, values, 0, restore)];
    });
  },
});

/** The values of the first row; null where there is nothing in it. @throws MR_CODEC when its quotes are wrong */
function readRow(text: string, delimiter: string): (string | null)[] | null {
  if (text.includes('"')) return readQuotedRow(text, delimiter);
  const end = rowEnd(text, 0);
  if (end === 0) return null;
  const values: (string | null)[] = text.slice(0, end).split(delimiter);
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] === '') values[index] = null;
  }
  return values;
}

function readQuotedRow(text: string, delimiter: string): (string | null)[] | null {
  const values: (string | null)[] = [];
  let lineEnd = -1;
  for (let begin = 0; ; ) {
    // Looked for again only behind the one that is known: every character is looked at once.
    if (lineEnd < begin) lineEnd = rowEnd(text, begin);
    const isQuoted = text[begin] === '"';
    const end = isQuoted
      ? closingQuote(text, begin) + 1
      : valueEnd(text, begin, delimiter, lineEnd);
    if (isQuoted) values.push(text.slice(begin + 1, end - 1).replaceAll('""', '"'));
    else values.push(unquoted(text, begin, end));
    if (!text.startsWith(delimiter, end)) {
      if (rowEnd(text, end) !== end) throw malformed(text, 'something behind a quote', end);
      return end === 0 ? null : values;
    }
    begin = end + delimiter.length;
  }
}

function unquoted(text: string, begin: number, end: number): string | null {
  const value = text.slice(begin, end);
  if (value.includes('"')) throw malformed(text, 'a quote within a value', begin);
  return value === '' ? null : value;
}

function closingQuote(text: string, begin: number): number {
  for (let at = begin + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at === -1) throw malformed(text, 'a quote that is not closed', begin);
    if (text[at + 1] !== '"') return at;
  }
}

function valueEnd(text: string, begin: number, delimiter: string, lineEnd: number): number {
  const next = text.indexOf(delimiter, begin);
  return next === -1 ? lineEnd : Math.min(next, lineEnd);
}

/** Where the line ends that `begin` is in. */
function rowEnd(text: string, begin: number): number {
  for (let at = begin; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return text.length;
}

function malformed(text: string, what: string, at: number): MillraceError {
  const near = text.slice(at, at + 20);
  return new MillraceError('MR_CODEC', `not CSV: ${what} at character ${at + 1}: \`${near}\``);
}
