import { nearest } from '../option/nearest.ts';
import { useDefault } from './element.ts';
import {
  applyOperator,
  type Embedded,
  joinEmbedded,
  methodNamed,
  toText,
  useNil,
  type Value,
} from './embedded_value.ts';
import type { Expansion, Scanned } from './expand.ts';
import { endOfCode } from './recovery.ts';

/** Evaluated only when needed: `ENV['X'] || use_nil` must not give up before it has looked. */
type Expression = () => Value;

/**
 * Evaluates the Ruby of a `#{...}` whose code begins at `start`, up to its closing brace. Understood are `ENV`,
 * `ENV.fetch`, `hostname`, `Socket.gethostname`, `worker_id`, `use_nil`, `use_default`, texts, integers, `nil`,
 * `true`, `false`, `||`, `+ - * / %`, brackets, and `to_s to_i strip upcase downcase`.
 * @throws MR_CONFIG_EMBEDDED for all other code, naming it
 */
export function evaluateEmbedded(
  text: string,
  start: number,
  expansion: Expansion,
): Scanned<Embedded> {
  const { value: expression, end } = readEmbedded(text, start, expansion);
  const value = expression();
  if (value === null) {
    const code = `\`#{${text.slice(start, end)}\``;
    const hint = "add `|| 'a default'`, `|| use_default` or `|| use_nil`";
    expansion.warn(`${code} has no value and counts as an empty text`, start - 2, end, hint);
  }
  return { value: toText(value), end };
}

/**
 * Evaluates the content of a double-quoted Ruby text.
 * @throws MR_CONFIG_EMBEDDED as `evaluateEmbedded` does
 */
export function evaluateText(text: string, expansion: Expansion): Embedded {
  return toText(readText(text, 0, undefined, expansion).value());
}

function readEmbedded(text: string, start: number, expansion: Expansion): Scanned<Expression> {
  const reader = new ExpressionReader(text, start, expansion);
  const expression = reader.readAll();
  return { value: expression, end: reader.at };
}

/** Reads up to the closing quote, or to the end of the text when there is to be none. */
function readText(
  text: string,
  start: number,
  quote: '"' | undefined,
  expansion: Expansion,
): Scanned<Expression> {
  const parts: Expression[] = [];
  let plain = '';
  let at = start;
  while (at < text.length && text[at] !== quote) {
    if (text[at] === '\\' && at + 1 < text.length) {
      const escaped = scanEscape(text, at + 1);
      plain += escaped.value;
      at = escaped.end;
    } else if (text.startsWith('#{', at)) {
      const embedded = readEmbedded(text, at + 2, expansion);
      parts.push(constant(plain), embedded.value);
      plain = '';
      at = embedded.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  parts.push(constant(plain));
  return { value: () => joinEmbedded(parts.map((part) => toText(part()))), end: at + 1 };
}

const escapes: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  0: '\0',
  f: '\f',
  b: '\b',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  s: ' ',
};

function scanEscape(text: string, at: number): Scanned<string> {
  const [hex] =
    /u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,5}\}/y.exec(text.slice(at, at + 8)) ?? [];
  if (hex !== undefined) {
    const code = Number.parseInt(hex.replace(/[ux{}]/g, ''), 16);
    return { value: String.fromCodePoint(code), end: at + hex.length };
  }
  const letter = text[at] ?? '';
  return { value: escapes[letter] ?? letter, end: at + 1 };
}

const known = [
  'ENV',
  'ENV.fetch',
  'hostname',
  'Socket.gethostname',
  'worker_id',
  'use_nil',
  'use_default',
];

/** Reads an expression by descent, lowest precedence first. */
class ExpressionReader {
  readonly #text: string;
  readonly #start: number;
  readonly #expansion: Expansion;
  at: number;

  constructor(text: string, start: number, expansion: Expansion) {
    this.#text = text;
    this.#start = start;
    this.at = start;
    this.#expansion = expansion;
  }

  readAll(): Expression {
    if (this.#take(/\}/y) !== undefined) return () => '';
    const expression = this.#either();
    if (this.#take(/\}/y) === undefined) throw this.#notUnderstood();
    return expression;
  }

  #either(): Expression {
    const first = this.#sum();
    if (this.#take(/\|\|/y) === undefined) return first;
    const second = this.#either();
    return () => {
      const value = first();
      return value === null || value === false ? second() : value;
    };
  }

  #sum(): Expression {
    return this.#operation(/[-+]/y, () => this.#product());
  }

  #product(): Expression {
    return this.#operation(/[*/%]/y, () => this.#called());
  }

  #operation(operators: RegExp, operand: () => Expression): Expression {
    let left = operand();
    while (true) {
      const operator = this.#take(operators)?.[0];
      if (operator === undefined) return left;
      const first = left;
      const second = operand();
      left = () => this.#apply(operator, first(), second());
    }
  }

  #apply(operator: string, left: Value, right: Value): Value {
    const result = applyOperator(operator, left, right);
    if (result !== undefined) return result;
    throw this.#fault(`\`${operator}\` needs two integers, or two texts to join`);
  }

  #called(): Expression {
    let expression = this.#primary();
    while (true) {
      const name = this.#take(/\.(\w+[?!]?)(?:\(\))?/y)?.[1];
      if (name === undefined) return expression;
      const method = methodNamed(name);
      if (method === undefined) throw this.#notUnderstood();
      const receiver = expression;
      expression = () => method(receiver());
    }
  }

  #primary(): Expression {
    const number = this.#take(/-?\d[\d_]*(?![.\w])/y)?.[0];
    if (number !== undefined) return constant(Number(number.replaceAll('_', '')));
    const literal = this.#literal();
    if (literal !== undefined) return literal;
    if (this.#take(/\(/y) !== undefined) {
      const inner = this.#either();
      if (this.#take(/\)/y) === undefined) throw this.#notUnderstood();
      return inner;
    }
    return this.#named(this.#take(/ENV\.fetch|ENV|Socket\.gethostname|[a-z_]\w*/y)?.[0]);
  }

  #literal(): Expression | undefined {
    const single = this.#take(/'((?:[^'\\]|\\.)*)'/sy)?.[1];
    if (single !== undefined) return constant(single.replace(/\\(['\\])/g, '$1'));
    if (this.#take(/"/y) === undefined) return undefined;
    const text = readText(this.#text, this.at, '"', this.#expansion);
    if (text.end > this.#text.length) throw this.#notUnderstood();
    this.at = text.end;
    return text.value;
  }

  #named(name: string | undefined): Expression {
    const { context } = this.#expansion;
    switch (name) {
      case 'ENV':
        return this.#variable();
      case 'ENV.fetch':
        return this.#fetch();
      case 'hostname':
      case 'Socket.gethostname':
        this.#take(/\(\)/y);
        return constant(context.hostname);
      case 'worker_id':
        return constant(context.workerId === undefined ? '' : String(context.workerId));
      case 'use_nil':
        return constant(useNil);
      case 'use_default':
        return constant(useDefault);
      case 'nil':
        return constant(null);
      case 'true':
      case 'false':
        return constant(name === 'true');
      default:
        throw this.#notUnderstood(name);
    }
  }

  #variable(): Expression {
    const name = this.#take(/\[/y) === undefined ? undefined : this.#either();
    if (name === undefined || this.#take(/\]/y) === undefined) throw this.#notUnderstood();
    return () => this.#expansion.context.env[String(name())] ?? null;
  }

  /** `ENV.fetch('X')`, `ENV.fetch('X', 'default')` or `ENV.fetch('X') { 'default' }`. */
  #fetch(): Expression {
    const name = this.#take(/\(/y) === undefined ? undefined : this.#either();
    if (name === undefined) throw this.#notUnderstood();
    let fallback = this.#take(/,/y) === undefined ? undefined : this.#either();
    if (this.#take(/\)/y) === undefined) throw this.#notUnderstood();
    if (fallback === undefined && this.#take(/\{/y) !== undefined) {
      fallback = this.#either();
      if (this.#take(/\}/y) === undefined) throw this.#notUnderstood();
    }
    return () => {
      const value = this.#expansion.context.env[String(name())];
      if (value !== undefined) return value;
      if (fallback !== undefined) return fallback();
      throw this.#fault(
        `environment variable ${String(name())} is not set`,
        `set it, or give a default: \`ENV.fetch('${String(name())}', 'default')\``,
      );
    };
  }

  /** White space, then the pattern; undefined and no step forward when it does not match. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    const space = /[ \t\r\n]*/y;
    space.lastIndex = this.at;
    space.exec(this.#text);
    pattern.lastIndex = space.lastIndex;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match;
  }

  #notUnderstood(name?: string): Error {
    const close = endOfCode(this.#text, this.#start);
    if (close === undefined) return this.#fault('`#{` is not closed', 'expected `}`');
    const meant = name === undefined ? undefined : nearest(name, known);
    return this.#fault(
      `\`#{${this.#text.slice(this.#start, close)}}\` is Ruby that Millrace does not run`,
      meant === undefined
        ? `it knows ${known.join(', ')}, and \`\${env:NAME:-default}\` outside of \`#{}\``
        : `did you mean \`${meant}\`?`,
    );
  }

  #fault(message: string, hint?: string): Error {
    const close = endOfCode(this.#text, this.#start);
    const end = close === undefined ? this.#start : close + 1;
    return this.#expansion.fault(message, this.#start - 2, end, hint);
  }
}

function constant(value: Value): Expression {
  return () => value;
}
