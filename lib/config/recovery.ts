import type { SourceText } from './source.ts';

/**
 * Where reading goes on after a fault in the statement that begins at `start` and was read as far as `reached`.
 * A quote that is not closed swallows lines that make sense by themselves: so the next line. JSON is left
 * behind its closing bracket, if there is one before the next tag.
 */
export function afterFault(source: SourceText, start: number, reached: number): number {
  const { text } = source;
  const value = /^[^\s"']+[ \t]+(?=[[{])/.exec(text.slice(start, source.lineEnd(start)));
  const close = value === null ? undefined : closingBracket(text, start + value[0].length);
  const isOnOneLine = reached <= source.lineEnd(start);
  return source.nextLine(close ?? (isOnOneLine ? reached : start));
}

/** The partner of the bracket at `start`, when it comes before a line that is a tag. */
function closingBracket(text: string, start: number): number | undefined {
  let depth = 0;
  const tokens = /"(?:[^"\\\r\n]|\\.)*"|#[^\r\n]*|[[\]{}]|[\r\n][ \t]*<\/?\w/g;
  tokens.lastIndex = start;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
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
