import { parseBytes } from '../codec/text.ts';
import type { EventValue } from '../event/entry.ts';
import { captures } from '../event/onigmo.ts';
import type { ParsedEntry, Parser } from './contract.ts';
import { entryOfTexts, type RecordRules } from './parse_record.ts';

/**
 * A parser whose fields are the named captures of an expression; a capture that took no part in the match
 * gives no field. The expression's flags `g` and `y` must not be set.
 */
export function captureParser(expression: RegExp, rules: RecordRules): Parser {
  const named = captures(expression);
  const names = named.map(({ name }) => name);
  const parse = (
    text: string,
    restore?: (part: string) => EventValue,
  ): readonly ParsedEntry[] | null => {
    const groups = expression.exec(text)?.groups;
    if (groups === undefined) return null;
    const texts: (string | undefined)[] = [];
    for (const capture of named) texts.push(captured(groups, capture.groups));
    return [entryOfTexts(rules, names, texts, 0, restore)];
  };
  return textParser(parse);
}

/** A parser of bytes and texts that is made of one of texts: see `parseBytes` for `restore`. */
export function textParser(
  parse: (text: string, restore?: (part: string) => EventValue) => ReturnType<Parser['parse']>,
): Parser {
  return {
    parse: (input) => (typeof input === 'string' ? parse(input) : parseBytes(input, parse)),
  };
}

function captured(
  groups: { readonly [name: string]: string | undefined },
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const part = groups[name];
    if (part !== undefined) return part;
  }
  return undefined;
}
