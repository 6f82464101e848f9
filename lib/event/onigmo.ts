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
 * flags, possessive quantifiers; `^` and `$` are line anchors and `\d`, `\s`, `\w` are ASCII, as there.
 * Of groups that share a name the second becomes `name$2` and so on: `captures` puts them together.
 * An expression can take exponential time, here as there.
 * @throws Error with the reason, when the expression is wrong or uses what JavaScript cannot do
 */
export function compileOnigmo(source: string, flags: OnigmoFlags = {}): RegExp {
  // Loaded by the first expression only: the translator costs 10 ms, and many configurations have none.
  translate ??= loadTranslator();
  const { ignoresCase = false, dotMatchesLineBreak = false, isExtended = false } = flags;
  const letters = `${ignoresCase ? 'i' : ''}${dotMatchesLineBreak ? 'm' : ''}${isExtended ? 'x' : ''}`;
  return translate(separateNames(source), { flags: `${letters}DSW` });
}

/** A named capture: the groups that give it, of which the last one that took part in a match counts. */
export interface Capture {
  readonly name: string;
  readonly groups: readonly string[];
}

/** The named captures of an expression, in the order of their first groups. */
export function captures(expression: RegExp): readonly Capture[] {
  // With an empty alternative it matches the empty text, and a match tells all names.
  const match = new RegExp(`${expression.source}|`, expression.flags).exec('');
  const found = new Map<string, string[]>();
  for (const group of Object.keys(match?.groups ?? {})) {
    const name = group.replace(/\$\d+$/, '');
    found.set(name, [group, ...(found.get(name) ?? [])]);
  }
  return [...found].map(([name, groups]) => ({ name, groups }));
}

type Translate = typeof import('oniguruma-to-es').toRegExp;

let translate: Translate | undefined;

function loadTranslator(): Translate {
  const load = createRequire(import.meta.url);
  const translator: typeof import('oniguruma-to-es') = load('oniguruma-to-es');
  return translator.toRegExp;
}

/** JavaScript takes a name once only. Expressions that refer back to such a name are left to the translator. */
function separateNames(source: string): string {
  const seen = new Map<string, number>();
  const separated = source.replace(/\\.|\(\?<([\p{L}\p{N}_]+)>/gsu, (token, name?: string) => {
    if (name === undefined) return token;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? token : `(?<${name}$${times}>`;
  });
  const isReferredTo = [...seen].some(
    ([name, times]) => times > 1 && new RegExp(`\\\\[kg][<']${name}[>']`).test(source),
  );
  return isReferredTo ? source : separated;
}
