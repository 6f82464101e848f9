import { MillraceError } from '../error.ts';
import { evaluateEmbedded } from './embedded.ts';
import { type Embedded, useNil } from './embedded_value.ts';
import type { Expansion, Scanned } from './expand.ts';
import { scanEnvironment } from './expand.ts';
import { rubyFloat } from './ruby_text.ts';
import { Scanner } from './scanner.ts';
import { SourceText } from './source.ts';

/**
 * Reads a JSON array or object and gives it as compact JSON text: keys keep their order, integers all their
 * digits. It may span lines, and hold `#`, `//` and block comments, and `#{}` and `${env:}` in texts or as values.
 * @throws MR_CONFIG_SYNTAX or MR_CONFIG_EMBEDDED at the first character that does not fit
 */
export function scanJson(scanner: Scanner, expansion: Expansion): string {
  return new JsonReader(scanner, expansion).read(0);
}

/** Ruby's limit; it also keeps the recursion from overflowing. */
const maxDepth = 100;

const escapes: { readonly [letter: string]: string } = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class JsonReader {
  readonly #scanner: Scanner;
  readonly #expansion: Expansion;
  readonly #start: number;

  constructor(scanner: Scanner, expansion: Expansion) {
    this.#scanner = scanner;
    this.#expansion = expansion;
    this.#start = scanner.at;
  }

  read(depth: number): string {
    const scanner = this.#scanner;
    if (depth >= maxDepth && (scanner.sees('[') || scanner.sees('{'))) {
      throw this.#unexpected(`at most ${maxDepth} levels`);
    }
    if (scanner.take(/\[/y) !== undefined) return this.#list(depth);
    if (scanner.take(/\{/y) !== undefined) return this.#object(depth);
    if (scanner.sees('"')) return JSON.stringify(this.#text());
    const start = scanner.at;
    const embedded = this.#embedded();
    if (embedded !== undefined) return this.#reread(embedded);
    const word = scanner.take(/(?:true|false|null)(?![\w.])/y);
    if (word !== undefined) return word;
    const number = scanner.take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])/y);
    if (number !== undefined) return this.#number(number, start);
    throw this.#unexpected('a JSON value: a text in double quotes, a number, a list or an object');
  }

  #list(depth: number): string {
    const values: string[] = [];
    this.#skip();
    while (this.#scanner.take(/\]/y) === undefined) {
      values.push(this.read(depth + 1));
      this.#skip();
      this.#separator(']');
    }
    return `[${values.join(',')}]`;
  }

  #object(depth: number): string {
    const members = new Map<string, string>();
    this.#skip();
    while (this.#scanner.take(/\}/y) === undefined) {
      if (!this.#scanner.sees('"')) throw this.#unexpected('a key in double quotes');
      const key = this.#text();
      this.#skip();
      if (this.#scanner.take(/:/y) === undefined) throw this.#unexpected('`:`');
      this.#skip();
      members.set(key, this.read(depth + 1));
      this.#skip();
      this.#separator('}');
    }
    return `{${[...members].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
  }

  /** A comma with another member after it, or the sight of the closing bracket. */
  #separator(closing: string): void {
    if (this.#scanner.sees(closing)) return;
    const comma = this.#scanner.at;
    if (this.#scanner.take(/,/y) === undefined) throw this.#unexpected(`\`,\` or \`${closing}\``);
    this.#skip();
    if (this.#scanner.sees(closing)) {
      throw this.#scanner.fault(
        `a comma before \`${closing}\``,
        'JSON has no trailing commas: remove it',
        comma,
        comma + 1,
      );
    }
  }

  #text(): string {
    const scanner = this.#scanner;
    const start = scanner.at;
    let text = '';
    scanner.at += 1;
    while (scanner.take(/"/y) === undefined) {
      const plain = scanner.take(/[^"\\#$\x00-\x1f]+/y);
      if (plain !== undefined) text += plain;
      else if (scanner.sees('\\')) text += this.#escape();
      else text += this.#embedded() ?? this.#character(start);
    }
    return text;
  }

  #character(start: number): string {
    const character = this.#scanner.take(/[#$]/y);
    if (character !== undefined) return character;
    const code = this.#scanner.text.charCodeAt(this.#scanner.at);
    if (Number.isNaN(code) || code === 10 || code === 13) {
      throw this.#scanner.fault('this text is not closed on its line', 'expected `"`', start);
    }
    throw this.#unexpected(`\`\\u${code.toString(16).padStart(4, '0')}\` for a control character`);
  }

  #escape(): string {
    const start = this.#scanner.at;
    const hex = this.#scanner.take(/\\u[0-9a-fA-F]{4}/y);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(2), 16));
    const letter = this.#scanner.take(/\\[^\x00-\x1f]/uy)?.slice(1);
    if (letter === undefined || letter === 'u') throw this.#unexpected('an escape of JSON');
    if (!/["\\/bfnrt]/.test(letter)) {
      this.#expansion.warn(
        `JSON has no escape \`\\${letter}\`; it is read as \`${letter}\``,
        start,
        this.#scanner.at,
        `for a backslash write \`\\\\${letter}\``,
      );
    }
    return escapes[letter] ?? letter;
  }

  /** The value of a `#{...}` or `${env:...}` that is here. */
  #embedded(): string | undefined {
    const { text, at } = this.#scanner;
    const scanned: Scanned<Embedded> | undefined = text.startsWith('#{', at)
      ? evaluateEmbedded(text, at + 2, this.#expansion)
      : scanEnvironment(text, at, this.#expansion);
    if (scanned === undefined) return undefined;
    this.#scanner.at = scanned.end;
    if (typeof scanned.value === 'string') return scanned.value;
    const name = scanned.value === useNil ? 'use_nil' : 'use_default';
    throw this.#expansion.fault(
      `\`${name}\` stands for a whole value, not for a part of JSON`,
      at,
      scanned.end,
    );
  }

  /** A value from outside is JSON when it reads as JSON, and a text otherwise. Nothing in it is expanded. */
  #reread(text: string): string {
    if (!/^-?\d|^[[{]|^(?:true|false|null)$/.test(text) || /#\{|\$\{env:/.test(text)) {
      return JSON.stringify(text);
    }
    const inner = new Scanner(new SourceText(this.#scanner.source.file, text));
    try {
      const value = new JsonReader(inner, this.#expansion).read(0);
      return inner.isAtEnd ? value : JSON.stringify(text);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return JSON.stringify(text);
    }
  }

  #number(text: string, start: number): string {
    if (/^-?\d+$/.test(text)) return String(BigInt(text));
    const value = Number(text);
    if (Number.isFinite(value)) return rubyFloat(value);
    throw this.#scanner.fault(
      `${text} is too large a number`,
      'at most 1.7e308',
      start,
      this.#scanner.at,
    );
  }

  /** White space and comments; a `#{` is a value. */
  #skip(): void {
    const scanner = this.#scanner;
    const blank = /[ \t\r\n]+|#(?!\{)[^\r\n]*|\/\/[^\r\n]*|\/\*/y;
    for (let found = scanner.take(blank); found !== undefined; found = scanner.take(blank)) {
      if (found !== '/*') continue;
      const end = scanner.text.indexOf('*/', scanner.at);
      if (end < 0)
        throw scanner.fault('this comment is not closed', 'expected `*/`', scanner.at - 2);
      scanner.at = end + 2;
    }
  }

  #unexpected(expected: string): MillraceError {
    const scanner = this.#scanner;
    const { line, source, column } = scanner.source.place(this.#start, this.#start + 1);
    const where = `in the JSON that begins at line ${line}`;
    if (scanner.isAtEnd) {
      return scanner.fault(`the file ends ${where}`, `expected ${expected}`, this.#start);
    }
    const isSameLine = scanner.at <= scanner.source.lineEnd(this.#start);
    const quoted = `; a text that begins with \`${source[column - 1]}\` needs quotes`;
    const hint = `expected ${expected}${isSameLine ? quoted : ''}`;
    const word = /[\w.]+|./suy;
    word.lastIndex = scanner.at;
    const found = word.exec(scanner.text)?.[0] ?? '';
    const shown = found === '\n' || found === '\r' ? 'a line break' : `\`${found}\``;
    return scanner.fault(
      `${shown} is unexpected ${where}`,
      hint,
      scanner.at,
      scanner.at + found.length,
    );
  }
}
