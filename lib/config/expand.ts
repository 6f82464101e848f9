import type { MillraceError } from '../error.ts';
import type { ConfigContext } from './context.ts';

/** Where `${env:...}` and `#{...}` in one text get their values, and how their faults find a place. */
export interface Expansion {
  readonly context: ConfigContext;
  /** A fault about the characters from `start` up to `end` of the text. */
  fault(message: string, start: number, end: number, hint?: string): MillraceError;
  warn(message: string, start: number, end: number, hint?: string): void;
}

/** A value read from a text, and where reading goes on. */
export interface Scanned<Value> {
  readonly value: Value;
  readonly end: number;
}

const opening = '${env:';
/** Each level is searched for its end: without a limit a line could cost its length squared. */
const deepest = 50;

/**
 * Replaces each `${env:NAME}` and `${env:NAME:-default}`; as in a shell the default also stands in for an empty
 * variable. Every other `${...}` is plain text.
 * @throws MR_CONFIG_EMBEDDED when a variable without a default is not set, or the form is wrong
 */
export function expandEnvironment(
  text: string,
  expansion: Expansion,
  from = 0,
  to = text.length,
  depth = 0,
): string {
  const part = text.slice(from, to); // the text may be a whole file, which is not to be searched each time
  let expanded = '';
  let done = 0;
  while (true) {
    const start = part.indexOf(opening, done);
    if (start < 0) return expanded + part.slice(done);
    const variable = scanVariable(text, from + start, expansion, to, depth);
    expanded += part.slice(done, start) + variable.value;
    done = variable.end - from;
  }
}

/** The value of the `${env:...}` that begins at `start`, or undefined when none does. */
export function scanEnvironment(
  text: string,
  start: number,
  expansion: Expansion,
): Scanned<string> | undefined {
  return text.startsWith(opening, start)
    ? scanVariable(text, start, expansion, text.length, 0)
    : undefined;
}

function scanVariable(
  text: string,
  start: number,
  expansion: Expansion,
  limit: number,
  depth: number,
): Scanned<string> {
  if (depth > deepest) {
    const hint = `at most ${deepest} levels`;
    throw expansion.fault('`${env:` is nested too deeply', start, start + opening.length, hint);
  }
  const close = closingBrace(text, start + opening.length, limit);
  if (close === undefined) {
    const end = Math.min(limit, start + opening.length);
    throw expansion.fault('`${env:` is not closed', start, end, 'expected `}` on the same line');
  }
  const end = close + 1;
  const [, name, fallback] =
    /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(text.slice(start + opening.length, close)) ?? [];
  if (name === undefined) {
    throw expansion.fault(
      `\`${text.slice(start, end)}\` does not name an environment variable`,
      start,
      end,
      'expected `${env:NAME}` or `${env:NAME:-default}`',
    );
  }
  const value = expansion.context.env[name];
  if (fallback !== undefined && (value === undefined || value === '')) {
    const from = close - fallback.length;
    return { value: expandEnvironment(text, expansion, from, close, depth + 1), end };
  }
  if (value !== undefined) return { value, end };
  throw expansion.fault(
    `environment variable ${name} is not set`,
    start,
    end,
    `set it, or give a default: \`\${env:${name}:-default}\``,
  );
}

/** Braces nest, so that a default may hold `${...}`; a line break ends the search. */
function closingBrace(text: string, from: number, limit: number): number | undefined {
  let depth = 1;
  for (let index = from; index < limit; index += 1) {
    const character = text[index];
    if (character === '\n' || character === '\r') return undefined;
    if (character === '{' && text[index - 1] === '$') depth += 1;
    else if (character === '}' && --depth === 0) return index;
  }
  return undefined;
}
