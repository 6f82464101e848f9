import { parseBytes } from '../codec/text.ts';
import type { EventValue } from '../event/entry.ts';
import { type Capture, captures } from '../event/onigmo.ts';
import type { ParsedEntry, Parser } from './contract.ts';
import { entryOfTexts, type RecordRules } from './parse_record.ts';

/** An expression, perhaps with numbers in place of names, and the event that a match of it gives. */
export interface CaptureReader {
  readonly expression: RegExp;
  /** @throws MR_TIME when the time field holds no time */
  read(match: RegExpExecArray, restore?: (part: string) => EventValue): ParsedEntry;
}

/**
 * Reads events whose fields are the named captures of an expression; a capture that took no part in the match
 * gives no field. The expression's flags `g` and `y` must not be set.
 */
export function captureReader(expression: RegExp, rules: RecordRules): CaptureReader {
  const named = captures(expression);
  const names = named.map(({ name }) => name);
  const numbered = withoutNames(expression, named);
  if (numbered !== undefined) {
    return {
      expression: numbered,
      read: (match, restore) => entryOfTexts(rules, names, match, 1, restore),
    };
  }
  return {
    expression,
    read(match, restore) {
      const texts = named.map(({ groups }) => captured(match.groups ?? {}, groups));
      return entryOfTexts(rules, names, texts, 0, restore);
    },
  };
}

/** A parser that gives an event for each text that the expression is found in: see `captureReader`. */
export function captureParser(expression: RegExp, rules: RecordRules): Parser {
  const reader = captureReader(expression, rules);
  return textParser((text, restore) => {
    const match = reader.expression.exec(text);
    return match === null ? null : [reader.read(match, restore)];
  });
}

/** A parser of bytes and texts that is made of one of texts: see `parseBytes` for `restore`. */
export function textParser(
  parse: (text: string, restore?: (part: string) => EventValue) => ReturnType<Parser['parse']>,
): Parser {
  return {
    parse: (input) => (typeof input === 'string' ? parse(input) : parseBytes(input, parse)),
  };
}

/**
 * The same expression with numbers instead of names, which runs in half the time: group `n` is the n-th capture.
 * Undefined when there are other groups, when one name has several, or when the expression refers to a name.
 */
function withoutNames(expression: RegExp, named: readonly Capture[]): RegExp | undefined {
  // A subclass gives its groups other numbers than its source does.
  if (expression.constructor !== RegExp) return undefined;
  const { source, flags } = expression;
  let replaced = 0;
  const unnamed = source.replace(/\\.|\(\?<(?![=!])[^>]*>/gs, (token) => {
    if (token.startsWith('\\')) return token;
    replaced += 1;
    return '(';
  });
  const groups = new RegExp(`${unnamed}|`, flags).exec('')?.length ?? 0;
  const isSame = replaced === named.length && groups === replaced + 1 && !source.includes('\\k<');
  return isSame ? new RegExp(unnamed, flags) : undefined;
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
