import { MillraceError } from '../../lib/error.ts';
import { captures } from '../../lib/event/onigmo.ts';
import { boolean, custom } from '../../lib/option/declare.ts';
import { regexpReader } from '../../lib/option/reader.ts';
import { compileRegexp, splitRegexp } from '../../lib/option/regexp.ts';
import { captureParser } from '../../lib/plugin/captures.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeKeyOption, timeTypeOption } from '../../lib/plugin/time_options.ts';

/** Gives the expression with Ruby's flags `i` and `m` added to its own. */
type Expression = (added: string) => RegExp;

export default defineParser({
  type: 'regexp',
  doc: 'Reads lines by a regular expression: its named captures are the fields.',
  options: {
    expression: custom(
      { type: 'regexp', schema: regexpReader.schema, fromText: ofText, fromValue: ofValue },
      {
        doc: 'The expression, in Ruby’s syntax, with a name for each field: `/^(?<host>\\S+) (?<message>.*)$/`. One with repetitions inside of repetitions can take very long.',
        required: true,
      },
    ),
    ignorecase: boolean({ doc: 'The same as the flag `i` of the expression.', default: false }),
    multiline: boolean({ doc: 'The same as the flag `m` of the expression.', default: false }),
    timeKey: timeKeyOption,
    timeType: timeTypeOption,
    ...parserOptions,
  },
  create(options, context) {
    const { ignorecase, multiline } = options;
    const expression = options.expression(`${ignorecase ? 'i' : ''}${multiline ? 'm' : ''}`);
    return captureParser(expression, compileRecordRules(options, context));
  },
});

function ofText(text: string): Expression {
  const plain = withCaptures(compileRegexp(text), text);
  const { source, flags } = splitRegexp(text);
  return (added) => (added === '' ? plain : compileRegexp(`/${source}/${flags}${added}`));
}

function ofValue(value: RegExp | string): Expression {
  if (typeof value === 'string') return ofText(value);
  const expression = withCaptures(regexpReader.fromValue(value), String(value));
  const addable = (added: string): string =>
    [...added.replace('m', 's')].filter((flag) => !expression.flags.includes(flag)).join('');
  return (added) => new RegExp(expression.source, expression.flags + addable(added));
}

function withCaptures(expression: RegExp, text: string): RegExp {
  if (captures(expression).length > 0) return expression;
  throw new MillraceError('MR_OPTION', `\`${text}\` has no named group`, {
    hint: 'name each field: `(?<message>.*)`',
  });
}
