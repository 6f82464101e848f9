import type { SourceText } from './source.ts';

/**
 * Where reading goes on after a fault in the statement that begins at `start` and was read as far as `reached`:
 * behind the end of its JSON or its text, if that can be found. A quote that is not closed would swallow lines
 * that make sense by themselves: so the next line.
 */
export function afterFault(source: SourceText, start: number, reached: number): number {
  const { text } = source;
  const value = /^[^\s"']+[ \t]+(?=[[{"])/.exec(text.slice(start, source.lineEnd(start)));
  const close = value === null ? undefined : closing(text, start + value[0].length);
  const isOnOneLine = reached <= source.lineEnd(start);
  return source.nextLine(close ?? (isOnOneLine ? reached : start));
}

function closing(text: string, start: number): number | undefined {
  return text[start] === '"' ? closingQuote(text, start) : closingBracket(text, start);
}

/** How far the end of a value is looked for. */
const maxLength = 100_000;

/**
 * The partner of the double quote at `start`, found without understanding what is between. One with text right
 * after it is no partner but the opening quote of another value.
 */
export function closingQuote(text: string, start: number): number | undefined {
  const near = text.slice(0, start + maxLength);
  const tokens = /\\.|#\{|"/gs;
  tokens.lastIndex = start + 1;
  for (let match = tokens.exec(near); match !== null; match = tokens.exec(near)) {
    if (match[0] === '"') return endsWell(text, match.index + 1) ? match.index : undefined;
    if (match[0] === '#{') tokens.lastIndex = endOfCode(near, tokens.lastIndex) ?? tokens.lastIndex;
  }
  return undefined;
}

/** The brace on the same line that closes the code of a `#{...}`, found by quotes and braces alone. */
export function endOfCode(text: string, start: number): number | undefined {
  let depth = 1;
  const [line = ''] = /[^\r\n]*/y.exec(text.slice(start, start + maxLength)) ?? [];
  for (const match of line.matchAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (match[0] === '{') depth += 1;
    else if (match[0] === '}' && --depth === 0) return start + match.index;
  }
  return undefined;
}

/** Whether what follows a closing quote can follow one; a comment hardly begins with `#{`. */
export function endsWell(text: string, at: number): boolean {
  return at >= text.length || (/[\s#>]/.test(text[at] ?? '') && !text.startsWith('#{', at));
}

/** The partner of the bracket at `start`, when it comes before a line that is a tag. */
function closingBracket(text: string, start: number): number | undefined {
  const near = text.slice(0, start + maxLength);
  let depth = 0;
  const tokens = /"(?:[^"\\\r\n]|\\.)*"|#[^\r\n]*|[[\]{}]|[\r\n][ \t]*<\/?\w/g;
  tokens.lastIndex = start;
  for (let match = tokens.exec(near); match !== null; match = tokens.exec(near)) {
    const [token] = match;
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    else if (token.startsWith('\n') || token.startsWith('\r')) return undefined;
    if (depth === 0) return match.index;
  }
  return undefined;
}

/** Whether the text that follows has a closing tag to spare for the sections of this name that are open. */
export function isClosedLater(
  rest: string,
  name: string,
  open: readonly { readonly name: string }[],
): boolean {
  const tags = [...rest.matchAll(/^[ \t]*<(\/?)(\w*)/gm)].filter((tag) => tag[2] === name);
  const closing = tags.filter((tag) => tag[1] === '/').length;
  const needed = tags.length - closing + open.filter((section) => section.name === name).length;
  return closing >= needed;
}
