import { MillraceError } from '../error.ts';

/** One step into a value: a field's name, or a list's index (negative ones count from the end). */
export type AccessorStep = string | number;

/** A plain key is a text, a path into nested values a list of steps. */
export type AccessorPath = string | readonly AccessorStep[];

/**
 * Reads `$.a.b[0]`, `$['a.b'][0]` or a plain key, in Fluentd's syntax.
 * @throws MR_ACCESSOR when the syntax is wrong
 */
export function parseAccessorPath(text: string): AccessorPath {
  if (text.startsWith('$.')) return parseDots(text);
  if (text.startsWith('$[')) return parseBrackets(text);
  return text;
}

function parseDots(text: string): AccessorStep[] {
  if (/\s/.test(text)) throw refusal(text, 'white space needs brackets', "write `$['a b']`");
  const parts = text.slice(2).split('.');
  while (parts.at(-1) === '') parts.pop();
  const steps = parts.flatMap((part) => parseIndexes(part, text));
  if (steps.length === 0) throw refusal(text, 'it names no field');
  return steps;
}

/** `name[0][-1]`; an opening bracket at the very end means nothing, as in Fluentd. */
function parseIndexes(part: string, text: string): AccessorStep[] {
  const open = part.indexOf('[');
  if (open === -1) return [part];
  const steps: AccessorStep[] = open === 0 ? [] : [part.slice(0, open)];
  let rest = part.slice(open);
  while (rest !== '' && rest !== '[') {
    const close = rest.indexOf(']');
    if (!rest.startsWith('[') || close === -1) throw refusal(text, 'a bracket is not closed');
    steps.push(parseIndex(rest.slice(1, close), text));
    rest = rest.slice(close + 1);
  }
  return steps;
}

function parseBrackets(text: string): AccessorStep[] {
  const steps: AccessorStep[] = [];
  let rest = text.slice(1);
  while (rest !== '') {
    rest = rest.trimStart();
    if (!rest.startsWith('[')) {
      throw refusal(text, 'only brackets may follow a bracket', "write `$['a']['b']`");
    }
    const quote = rest.charAt(1);
    const isName = quote === "'" || quote === '"';
    const end = isName ? endOfName(rest, text) : rest.indexOf(']');
    if (end === -1) throw refusal(text, 'a bracket is not closed');
    steps.push(isName ? rest.slice(2, end) : parseIndex(rest.slice(1, end), text));
    rest = rest.slice(end + (isName ? 2 : 1));
  }
  return steps;
}

/** Where the closing quote stands. Like Fluentd, it looks for `']` before `"]`, whichever quote opened. */
function endOfName(rest: string, text: string): number {
  const single = rest.indexOf("']", 2);
  const end = single === -1 ? rest.indexOf('"]', 2) : single;
  if (end !== -1 && rest.charAt(end) !== rest.charAt(1)) {
    throw refusal(text, 'its quotes do not match', 'use the same quotes throughout');
  }
  return end;
}

/** An index beyond this is a mistake, and setting it would fill the memory with nulls. */
const largestIndex = 1_000_000;

/** An integer as Ruby's `Integer()` reads it: sign, `0x`, `0b`, octal by a leading zero, `1_000`. */
function parseIndex(text: string, accessor: string): number {
  const match = /^([+-]?)(0[xX]|0[bB]|0[oO]|0[dD]|0_?(?=.))?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)$/.exec(
    text.trim(),
  );
  const [, sign, prefix = '0d', digits = ''] = match ?? [];
  const radix =
    { '0x': 16, '0b': 2, '0': 8, '0_': 8, '0o': 8, '0d': 10 }[prefix.toLowerCase()] ?? 10;
  const allowed = '0123456789abcdef'.slice(0, radix);
  const plain = digits.replaceAll('_', '').toLowerCase();
  const isNumber = plain !== '' && [...plain].every((digit) => allowed.includes(digit));
  const index = isNumber ? Number.parseInt(plain, radix) : Number.NaN;
  if (!(index <= largestIndex)) {
    throw refusal(
      accessor,
      `\`${text}\` is no index of a list`,
      `an index is an integer up to ${largestIndex}; a name stands in quotes: \`$['a']\``,
    );
  }
  return sign === '-' && index > 0 ? -index : index;
}

function refusal(text: string, reason: string, hint?: string): MillraceError {
  return new MillraceError('MR_ACCESSOR', `the accessor \`${text}\` is wrong: ${reason}`, { hint });
}
