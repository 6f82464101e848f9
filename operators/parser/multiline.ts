import { asBuffer } from '../../lib/codec/bytes.ts';
import { MillraceError } from '../../lib/error.ts';
import type { EventValue } from '../../lib/event/entry.ts';
import { captures } from '../../lib/event/onigmo.ts';
import { EventTime } from '../../lib/event/time.ts';
import { boolean, custom, numbered } from '../../lib/option/declare.ts';
import { regexpReader } from '../../lib/option/reader.ts';
import { compileRegexp } from '../../lib/option/regexp.ts';
import { captureReader, textParser } from '../../lib/plugin/captures.ts';
import type { ParsedEntry } from '../../lib/plugin/contract.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeKeyOption, timeTypeOption } from '../../lib/plugin/time_options.ts';

export default defineParser({
  type: 'multiline',
  doc: 'Reads events of several lines by a regular expression in parts: the named captures of all parts are the fields. A text may hold several events.',
  options: {
    formatFirstline: custom(
      {
        type: 'regexp',
        fromText: (text) => compileRegexp(betweenSlashes(text)),
        fromValue: (value: RegExp | string) =>
          typeof value === 'string'
            ? compileRegexp(betweenSlashes(value))
            : regexpReader.fromValue(value),
      },
      {
        doc: 'What the first line of an event looks like, for inputs that read lines: `/^\\d{4}-/`.',
      },
    ),
    ...numbered(
      'format',
      custom(
        { type: 'regexp', fromText: readPart },
        {
          doc: 'A part of the expression, in Ruby’s syntax and between slashes, with a name for each field: `/^(?<level>\\w+) /`. The parts follow one another as they are, and a dot matches line breaks.',
        },
      ),
    ),
    unmatchedLines: boolean({
      doc: 'What does not match becomes an event with the field `unmatched_line`.',
      default: false,
    }),
    timeKey: timeKeyOption,
    timeType: timeTypeOption,
    ...parserOptions,
  },
  create(options, context) {
    const { formatFirstline: firstLine, unmatchedLines } = options;
    const reader = captureReader(joinParts(options), compileRecordRules(options, context));
    const unmatched = (text: EventValue): ParsedEntry | null => {
      if (!unmatchedLines) return null;
      const { sec, nsec } = context.clock.now();
      return { time: new EventTime(sec, nsec), record: { unmatched_line: text } };
    };
    const parser = textParser((text, restore) => {
      const entries: (ParsedEntry | null)[] = [];
      let rest = text;
      do {
        const match = reader.expression.exec(rest);
        if (match === null) {
          entries.push(unmatched(restore === undefined ? rest : restore(rest)));
          break;
        }
        entries.push(reader.read(match, restore));
        const end = match.index + match[0].length;
        // An expression that matches nothing at all would match it for ever.
        if (end === 0) break;
        rest = rest.slice(rest[end] === '\n' ? end + 1 : end);
      } while (rest !== '');
      return entries;
    });
    if (firstLine === undefined) return parser;
    const isFirstLine = (line: string | Uint8Array): boolean =>
      firstLine.test(typeof line === 'string' ? line : asBuffer(line).toString());
    return { ...parser, isFirstLine };
  },
});

const mostParts = 20;

function joinParts(options: { readonly [key: string]: unknown }): RegExp {
  const parts: unknown[] = [];
  for (let number = 1; number <= mostParts; number += 1) {
    const part = options[`format${number}`];
    if (part === undefined) continue;
    if (parts.length < number - 1) {
      throw new MillraceError(
        'MR_OPTION',
        `parser \`multiline\`: there is \`format${number}\`, but no \`format${parts.length + 1}\``,
      );
    }
    parts.push(part);
  }
  const expression = compileRegexp(`/${parts.join('')}/m`);
  if (captures(expression).length > 0) return expression;
  throw new MillraceError('MR_OPTION', 'parser `multiline`: its formats have no named group', {
    hint: 'name each field: `/(?<message>.*)/`',
  });
}

/** The source of a part, which must be an expression by itself. */
function readPart(text: string): string {
  compileRegexp(`${betweenSlashes(text)}m`);
  return text.slice(1, -1);
}

function betweenSlashes(text: string): string {
  if (text.length > 1 && text.startsWith('/') && text.endsWith('/')) return text;
  throw new MillraceError(
    'MR_OPTION',
    `expected a regular expression between slashes, not \`${text}\``,
  );
}
