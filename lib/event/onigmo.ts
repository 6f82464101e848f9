import { createRequire } from 'node:module';

/** The flags that Ruby knows behind a regular expression. */
export interface OnigmoFlags {
  /** `i` */
  readonly ignoresCase?: boolean;
  /** `m` in Ruby, `s` elsewhere: a dot also matches a line break. */
  readonly dotMatchesLineBreak?: boolean;
  /** `x`: white space and comments in the expression mean nothing. */
  readonly isExtended?: boolean;
}

/**
 * A regular expression in Ruby's syntax (Onigmo) as one of JavaScript: named groups, `\h`, `\A`, inline
 * flags, possessive quantifiers; `^` and `$` are line anchors, as there.
 * @throws Error with the reason, when the expression is wrong or uses what JavaScript cannot do
 */
export function compileOnigmo(source: string, flags: OnigmoFlags = {}): RegExp {
  // Loaded by the first expression only: the translator costs 10 ms, and many configurations have none.
  translate ??= loadTranslator();
  const { ignoresCase = false, dotMatchesLineBreak = false, isExtended = false } = flags;
  const letters = `${ignoresCase ? 'i' : ''}${dotMatchesLineBreak ? 'm' : ''}${isExtended ? 'x' : ''}`;
  return translate(source, { flags: letters });
}

type Translate = typeof import('oniguruma-to-es').toRegExp;

let translate: Translate | undefined;

function loadTranslator(): Translate {
  const load = createRequire(import.meta.url);
  const translator: typeof import('oniguruma-to-es') = load('oniguruma-to-es');
  return translator.toRegExp;
}
