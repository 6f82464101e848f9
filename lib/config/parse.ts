import { MillraceError, type Place } from '../error.ts';
import type { ConfigContext } from './context.ts';
import {
  type Attribute,
  type AttributeValue,
  type MutableElement,
  newElement,
  type ParsedConfig,
} from './element.ts';
import { type Embedded, useNil } from './embedded_value.ts';
import { type Expansion, expandEnvironment } from './expand.ts';
import { Findings } from './findings.ts';
import { findIncluded, firstOfChain, type IncludeChain } from './include.ts';
import { scanQuoted, scanValue } from './literal.ts';
import { OpenSections } from './open_sections.ts';
import { afterFault } from './recovery.ts';
import { checkKey } from './reserved.ts';
import { Scanner } from './scanner.ts';
import { SourceText } from './source.ts';

/**
 * Reads a configuration in Fluentd's v1 syntax. It never throws for what the text holds: after a fault it goes on
 * at the next line that makes sense, so that all faults come at once.
 * `file` is what places show, and what included paths are relative to.
 */
export function parseConfig(text: string, file: string, context: ConfigContext): ParsedConfig {
  const findings = new Findings();
  const source = new SourceText(file, text);
  const root = newElement('ROOT', source.place(0, 0));
  new BodyReader(source, root, firstOfChain(file), context, findings).read();
  return { root, faults: findings.faults, warnings: findings.warnings };
}

/** Reads the text of one file into an element that is open already. */
class BodyReader {
  readonly #source: SourceText;
  readonly #scanner: Scanner;
  readonly #chain: IncludeChain;
  readonly #context: ConfigContext;
  readonly #findings: Findings;
  readonly #expansion: Expansion;
  readonly #sections: OpenSections;

  constructor(
    source: SourceText,
    into: MutableElement,
    chain: IncludeChain,
    context: ConfigContext,
    findings: Findings,
  ) {
    this.#source = source;
    this.#scanner = new Scanner(source);
    this.#sections = new OpenSections(into, source, findings);
    this.#chain = chain;
    this.#context = context;
    this.#findings = findings;
    this.#expansion = {
      context,
      fault: (message, start, end, hint) => {
        const at = source.place(start, end);
        return new MillraceError('MR_CONFIG_EMBEDDED', message, { at, hint });
      },
      warn: (message, start, end, hint) => {
        findings.warn('MR_CONFIG_EMBEDDED', message, source.place(start, end), hint);
      },
    };
  }

  read(): void {
    const scanner = this.#scanner;
    while (true) {
      scanner.skipSpacing();
      if (scanner.isAtEnd) break;
      const start = scanner.at;
      try {
        if (scanner.sees('</')) this.#closeSection();
        else if (scanner.sees('<')) this.#openSection();
        else if (!this.#includeAtTop()) this.#attribute();
      } catch (error) {
        this.#findings.faults.push(this.#faultOf(error, start));
        this.#sections.current.isDamaged = true;
        scanner.at = afterFault(this.#source, start, scanner.at);
      }
    }
    this.#sections.closeAll();
  }

  /** An overflow of the stack comes from the text: values in values, thousands deep. */
  #faultOf(error: unknown, start: number): MillraceError {
    if (error instanceof MillraceError) return error;
    if (!(error instanceof RangeError)) throw error;
    return this.#scanner.fault('nested too deeply', 'no value needs that', start);
  }

  #openSection(): void {
    const scanner = this.#scanner;
    const start = scanner.at;
    scanner.at += 1;
    const name = this.#sectionName(start);
    const section = newElement(name, this.#source.place(start, scanner.at));
    this.#sections.open(section);
    scanner.skipSpacing();
    const argStart = scanner.at;
    section.arg = this.#argument();
    if (scanner.at > argStart) section.argAt = this.#source.place(argStart, scanner.at);
    scanner.skipSpacing();
    if (scanner.take(/>/y) === undefined) {
      scanner.at = this.#source.lineEnd(start);
      throw scanner.fault(`\`<${name}\` is not closed`, 'expected `>`', start);
    }
    if (scanner.takeLineEnd()) return;
    const rest = scanner.at;
    if (scanner.text.slice(rest, this.#source.lineEnd(rest)).trimEnd().endsWith(`</${name}>`)) {
      this.#sections.close(name, start, rest);
    }
    scanner.expectLineEnd(`\`<${name}>\``);
  }

  #sectionName(start: number): string {
    const scanner = this.#scanner;
    const name = scanner.take(/[a-zA-Z0-9_]+/y);
    if (name === undefined) {
      const late = scanner.take(/[ \t]+[a-zA-Z0-9_]+/y)?.trim();
      if (late === undefined) return '';
      const at = this.#source.place(start, scanner.at);
      const hint = `expected \`<${late}\``;
      this.#findings.fault('MR_CONFIG_SYNTAX', 'a blank before the name of a section', at, hint);
      return late;
    }
    if (!scanner.isAtEnd && !/[\s>]/.test(scanner.text[scanner.at] ?? '')) {
      const at = this.#source.place(start, this.#source.lineEnd(start));
      const message = `what follows \`<${name}\` is its argument, not a part of the name`;
      const hint = 'put a blank between the two; names have letters, digits and `_`';
      this.#findings.warn('MR_CONFIG_SYNTAX', message, at, hint);
    }
    return name;
  }

  #argument(): string {
    const scanner = this.#scanner;
    const start = scanner.at;
    const quoted = scanQuoted(scanner, this.#expansion);
    if (quoted !== undefined) return this.#plain(quoted, start, 'the argument of a section') ?? '';
    const line = scanner.text.slice(start, this.#source.lineEnd(start));
    if (line.includes('>')) scanner.stepTo(start + line.indexOf('>'));
    else scanner.takeUnquoted();
    return expandEnvironment(scanner.text, this.#expansion, start, scanner.at);
  }

  #closeSection(): void {
    const scanner = this.#scanner;
    const start = scanner.at;
    scanner.at += 2;
    const name = scanner.take(/[a-zA-Z0-9_]+/y) ?? '';
    scanner.skipSpacing();
    if (scanner.take(/>/y) === undefined) {
      const [, meant = ''] = /^<\/[ \t]*(\w*)/.exec(scanner.text.slice(start, start + 100)) ?? [];
      this.#sections.closeIfNamed(meant);
      scanner.at = this.#source.lineEnd(start);
      throw scanner.fault('this closing tag is malformed', `expected \`</${meant}>\``, start);
    }
    this.#sections.close(name, start, scanner.at);
    scanner.expectLineEnd(`\`</${name}>\``);
  }

  /** Outside of sections `@include` is a directive, whose path may even be on the next line. */
  #includeAtTop(): boolean {
    const scanner = this.#scanner;
    if (this.#sections.isInside) return false;
    const start = scanner.at;
    const word = scanner.take(/@?include(?=[ \t\r\n]|$)/y);
    if (word === undefined) return false;
    if (word === 'include') {
      const at = this.#source.place(start, scanner.at);
      this.#findings.warn('MR_CONFIG_SYNTAX', '`include` is an old form', at, 'write `@include`');
    }
    scanner.skipSpacing();
    this.#include(start);
    return true;
  }

  #include(start: number): void {
    const scanner = this.#scanner;
    const pathStart = scanner.at;
    const quoted = scanQuoted(scanner, this.#expansion);
    if (quoted === undefined) scanner.takeUnquoted();
    const path =
      quoted === undefined
        ? expandEnvironment(scanner.text, this.#expansion, pathStart, scanner.at)
        : this.#plain(quoted, pathStart, 'a path');
    if (path === undefined || path === '') throw this.#noPath(start);
    const at = this.#source.place(pathStart, scanner.at);
    scanner.expectLineEnd('a complete value');
    const { file } = this.#source;
    const included = findIncluded(path, file, at, this.#chain, this.#context, this.#findings);
    for (const { source, chain } of included) {
      new BodyReader(source, this.#sections.current, chain, this.#context, this.#findings).read();
    }
  }

  #noPath(start: number): MillraceError {
    return this.#scanner.fault('`@include` without a path', 'expected a path or a pattern', start);
  }

  #attribute(): void {
    const scanner = this.#scanner;
    const start = scanner.at;
    const quoted = scanQuoted(scanner, this.#expansion);
    const key =
      quoted === undefined
        ? (scanner.take(/[^ \t\r\n]+/y) ?? '')
        : (this.#plain(quoted, start, 'a key') ?? '');
    const keyAt = this.#source.place(start, scanner.at);
    if (
      quoted !== undefined &&
      !scanner.isAtEnd &&
      !/[ \t\r\n]/.test(scanner.text[scanner.at] ?? '')
    ) {
      throw scanner.fault('text after a quoted key', 'expected a blank');
    }
    scanner.skipBlanks();
    const isBare = scanner.isAtEnd || scanner.take(/[\r\n]/y) !== undefined;
    if (key === '@include') {
      if (isBare) throw this.#noPath(start);
      this.#include(start);
      return;
    }
    if (isBare) {
      this.#set({ key, value: '', keyAt, valueAt: keyAt });
      return;
    }
    const valueStart = scanner.at;
    const value = scanValue(scanner, this.#expansion);
    const valueAt = this.#source.place(valueStart, scanner.at);
    scanner.expectLineEnd('a complete value');
    if (typeof value === 'string') this.#warnOfComment(value, valueAt);
    this.#set({ key, value, keyAt, valueAt });
  }

  #set(attribute: Attribute): void {
    const { current, isInside } = this.#sections;
    checkKey(attribute, isInside ? current.name : undefined, this.#findings);
    current.attributes.set(attribute.key, attribute);
  }

  /** In Fluentd a `#` right after the key begins the value, even where it looks like a comment. */
  #warnOfComment(value: AttributeValue, at: Place): void {
    const isUnquoted = at.source[at.column - 1] === '#';
    if (!isUnquoted || !/^#+(?:\s|$)/.test(String(value))) return;
    const hint = 'put the comment on a line of its own, or quote the value';
    this.#findings.warn('MR_CONFIG_SYNTAX', 'this is a value, not a comment', at, hint);
  }

  /** A text where the markers have no meaning; `use_nil` counts as nothing. */
  #plain(value: Embedded, start: number, where: string): string | undefined {
    if (typeof value === 'string') return value;
    if (value === useNil) return undefined;
    const message = `\`use_default\` has no meaning in ${where}`;
    throw this.#expansion.fault(message, start, this.#scanner.at);
  }
}
