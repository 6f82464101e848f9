import type { AttributeValue, useDefault } from './element.ts';
import { evaluateEmbedded } from './embedded.ts';
import { type Embedded, joinEmbedded, useNil } from './embedded_value.ts';
import { type Expansion, expandEnvironment, scanEnvironment } from './expand.ts';
import { scanJson } from './literal_json.ts';
import { closingQuote, endsWell } from './recovery.ts';
import type { Scanner } from './scanner.ts';

/**
 * Reads the value of an attribute: JSON, a quoted text, or the rest of the line.
 * @throws MR_CONFIG_SYNTAX or MR_CONFIG_EMBEDDED for what is no such value
 */
export function scanValue(scanner: Scanner, expansion: Expansion): AttributeValue {
  if (scanner.sees('[') || scanner.sees('{')) return scanJson(scanner, expansion);
  const value = scanQuoted(scanner, expansion);
  if (value !== undefined) return fromEmbedded(value);
  const start = scanner.at;
  scanner.takeUnquoted();
  return expandEnvironment(scanner.text, expansion, start, scanner.at);
}

/** Reads a text in double or single quotes; undefined when no quote is here. */
export function scanQuoted(scanner: Scanner, expansion: Expansion): Embedded | undefined {
  if (scanner.sees('"')) return scanDoubleQuoted(scanner, expansion);
  if (scanner.sees("'")) return scanSingleQuoted(scanner);
  return undefined;
}

function fromEmbedded(value: Embedded): string | null | typeof useDefault {
  return value === useNil ? null : value;
}

const escapes: { readonly [letter: string]: string } = {
  r: '\r',
  n: '\n',
  t: '\t',
  f: '\f',
  b: '\b',
  0: '\0',
};

/** A fault lines below the opening quote may only be there because the closing one is missing. */
function scanDoubleQuoted(scanner: Scanner, expansion: Expansion): Embedded {
  const start = scanner.at;
  try {
    return readDoubleQuoted(scanner, expansion);
  } catch (error) {
    const isBelow = scanner.at > scanner.source.lineEnd(start);
    if (!isBelow || closingQuote(scanner.text, start) !== undefined) throw error;
    throw scanner.fault('this text is not closed', 'expected `"`', start);
  }
}

/** May span lines; a line break is one `\n` however the file writes it, and `\` before it joins the lines. */
function readDoubleQuoted(scanner: Scanner, expansion: Expansion): Embedded {
  const start = scanner.at;
  const parts: Embedded[] = [];
  scanner.at += 1;
  while (!scanner.isAtEnd) {
    const plain = scanner.take(/[^"\\#$\r\n]+/y);
    if (plain !== undefined) {
      parts.push(plain);
    } else if (scanner.take(/"/y) !== undefined) {
      if (scanner.at <= scanner.source.lineEnd(start) || endsWell(scanner.text, scanner.at)) {
        return joinEmbedded(parts);
      }
      const { line } = scanner.source.place(scanner.at, scanner.at);
      const hint = `expected \`"\`; the next one, in line ${line}, has text after it`;
      throw scanner.fault('this text is not closed', hint, start);
    } else if (scanner.take(/\\(?:\r\n|\r|\n)/y) === undefined) {
      parts.push(scanSpecial(scanner, expansion));
    }
  }
  throw scanner.fault('this text is not closed', 'expected `"`', start);
}

function scanSpecial(scanner: Scanner, expansion: Expansion): Embedded {
  if (scanner.take(/\r\n|\r|\n/y) !== undefined) return '\n';
  if (scanner.sees('\\')) return scanEscape(scanner);
  const special = scanner.sees('#{')
    ? evaluateEmbedded(scanner.text, scanner.at + 2, expansion)
    : scanEnvironment(scanner.text, scanner.at, expansion);
  if (special === undefined) return scanner.take(/./sy) ?? '';
  scanner.at = special.end;
  return special.value;
}

function scanEscape(scanner: Scanner): string {
  const start = scanner.at;
  scanner.at += 1;
  const letter = scanner.take(/./suy) ?? '';
  const escaped = escapes[letter];
  if (escaped !== undefined) return escaped;
  if (!/[a-zA-Z0-9]/.test(letter)) return letter;
  throw scanner.fault(
    `\`\\${letter}\` is no escape in double quotes`,
    `for a backslash write \`\\\\${letter}\`, or use single quotes`,
    start,
    scanner.at,
  );
}

function scanSingleQuoted(scanner: Scanner): string {
  const start = scanner.at;
  const quoted = scanner.take(/'(?:[^'\\\r\n]|\\[^\r\n])*'/y);
  if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(['\\])/g, '$1');
  throw scanner.fault(
    'this text is not closed on its line',
    "expected `'`; only a text in double quotes may span lines",
    start,
  );
}
