import { MillraceError, toError } from '../error.ts';
import { compileOnigmo } from './onigmo.ts';
import { parseGlob } from './tag_glob.ts';

/** Tells which tags a directive applies to. */
export interface TagPattern {
  matches(tag: string): boolean;
}

/**
 * Compiles the argument of a directive, with Fluentd's meaning: white space separates alternatives, `*` is
 * one part of a tag, `**` any number of parts, `{a,b}` either, `\` makes the next character plain, and
 * `/.../` is a regular expression in Ruby's syntax that the whole tag must match. The empty text matches nothing.
 * @throws MR_PATTERN when a brace is not closed or a regular expression is wrong
 */
export function compileTagPattern(pattern: string): TagPattern {
  const alternatives = pattern
    .split(/\s+/)
    .filter((part) => part !== '')
    .map(compileAlternative);
  const [only] = alternatives;
  if (alternatives.length === 1 && only !== undefined) return only;
  return { matches: (tag) => alternatives.some((alternative) => alternative.matches(tag)) };
}

function compileAlternative(text: string): TagPattern {
  if (text.startsWith('/')) return compileExpression(text);
  const glob = parseGlob(text);
  if (glob === undefined) {
    throw new MillraceError(
      'MR_PATTERN',
      `the pattern \`${text}\` has a brace that is not closed`,
      {
        hint: 'write `{a,b}`, or `\\{` for a plain brace',
      },
    );
  }
  return glob;
}

function compileExpression(text: string): TagPattern {
  if (text.length < 2 || !text.endsWith('/')) {
    throw new MillraceError(
      'MR_PATTERN',
      `the pattern \`${text}\` starts with \`/\` but does not end with \`/\``,
      {
        hint: 'a regular expression takes no flags and no white space here: write `/(?i)web/`, `\\s`',
      },
    );
  }
  try {
    const expression = compileOnigmo(`\\A(?:${text.slice(1, -1)})\\z`);
    return { matches: (tag) => expression.test(tag) };
  } catch (error) {
    throw new MillraceError(
      'MR_PATTERN',
      `the pattern \`${text}\` is not a regular expression: ${toError(error).message}`,
      { cause: error },
    );
  }
}
