import type { Option, Parsed, Shape } from './option.ts';

/** What was written for options, by their camelCase names: the text in a configuration; null unsets one. */
export type GivenTexts = ReadonlyMap<string, string | null>;

const texts = new WeakMap<Parsed<Shape>, GivenTexts>();
const nothing: GivenTexts = new Map();

/** Keeps beside options what was written for them, for whoever prints them; it makes no difference to anything else. */
export function keepGiven(options: Parsed<Shape>, given: GivenTexts): void {
  if (given.size > 0) texts.set(options, given);
}

/** What was written for options; the defaults were not. */
export function givenTexts(options: Parsed<Shape>): GivenTexts {
  return texts.get(options) ?? nothing;
}

/** How a configuration says what was given in TypeScript for a value, and read as `parsed`. */
export function textOfGiven(
  option: Option<unknown, unknown> & { readonly form: 'value' },
  given: unknown,
  parsed: unknown,
): string {
  if (typeof given === 'string') return given;
  return given instanceof RegExp ? rubyText(given) : option.print(parsed);
}

/** A regular expression in Ruby's syntax, in which `^` and `$` always mean lines and `m` what `s` means elsewhere. */
function rubyText({ source, ignoreCase, multiline, dotAll }: RegExp): string {
  let inClass = false;
  const translated = source.replace(/\\.|[[\]^$]/gsu, (token) => {
    if (token === '[') inClass = true;
    else if (token === ']') inClass = false;
    else if (!inClass && !multiline && token === '^') return '\\A';
    else if (!inClass && !multiline && token === '$') return '\\z';
    return token;
  });
  return `/${translated}/${ignoreCase ? 'i' : ''}${dotAll ? 'm' : ''}`;
}
