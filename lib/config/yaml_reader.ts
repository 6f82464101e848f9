import type * as Yaml from 'yaml';
import { MillraceError, type Place } from '../error.ts';
import { nearest } from '../option/nearest.ts';
import type { ConfigContext } from './context.ts';
import { evaluateText } from './embedded.ts';
import { useNil } from './embedded_value.ts';
import { type Expansion, expandEnvironment } from './expand.ts';
import type { Findings } from './findings.ts';
import { findIncluded, type IncludeChain } from './include.ts';
import type { SourceText } from './source.ts';
import {
  nodeToJson,
  nodeToText,
  type YamlMap,
  type YamlNode,
  type YamlPair,
  type YamlScalar,
} from './yaml_node.ts';
import { plainScalar, textScalar, type YamlScalarValue } from './yaml_scalar.ts';

/** What all files of one configuration share. */
export interface YamlReading {
  readonly yaml: typeof Yaml;
  readonly context: ConfigContext;
  readonly findings: Findings;
  /** How many more nodes there may be, so that aliases of aliases cannot fill the memory. */
  nodesLeft: number;
}

/** The document in a file as plain nodes; undefined when it is empty or not YAML, which is then a fault. */
export function readYaml(
  source: SourceText,
  chain: IncludeChain,
  reading: YamlReading,
): YamlNode | undefined {
  const { yaml, findings } = reading;
  const at = (start: number, end: number): Place => source.place(start, end);
  try {
    const documents = yaml.parseAllDocuments(source.text, options);
    const [document, second] = Array.isArray(documents) ? documents : [];
    for (const { message, pos } of document?.errors ?? []) {
      findings.fault('MR_CONFIG_SYNTAX', `not YAML: ${message}`, at(...pos));
    }
    if (document === undefined || document.errors.length > 0) return undefined;
    if (second !== undefined) {
      const place = at(second.range[0], second.range[0]);
      findings.warn('MR_CONFIG_SYNTAX', 'only the first YAML document is read', place);
    }
    return new NodeReader(document, source, chain, reading).read(document.contents, 0);
  } catch (error) {
    const message = error instanceof RangeError ? 'not YAML: nested too deeply' : String(error);
    if (error instanceof MillraceError) findings.faults.push(error);
    else findings.fault('MR_CONFIG_SYNTAX', message, at(0, 0));
    return undefined;
  }
}

/** Everything stays text, and is resolved here as Fluentd does it. */
const options = {
  schema: 'failsafe',
  prettyErrors: false,
  uniqueKeys: false,
  logLevel: 'silent',
} as const;

const maxDepth = 100;
const ownTags = ['!include', '!fluent/s', '!fluent/json'];
const standardTag = /^(?:tag:yaml\.org,2002:|!)(?:str|int|float|bool|null|map|seq)$|^!$/;

type Ranged = { readonly range?: readonly [number, number, number] | null | undefined };

class NodeReader {
  readonly #document: Yaml.Document.Parsed;
  readonly #source: SourceText;
  readonly #chain: IncludeChain;
  readonly #reading: YamlReading;
  readonly #targets = new Map<Yaml.Alias, Yaml.Node>();

  constructor(
    document: Yaml.Document.Parsed,
    source: SourceText,
    chain: IncludeChain,
    reading: YamlReading,
  ) {
    this.#document = document;
    this.#source = source;
    this.#chain = chain;
    this.#reading = reading;
  }

  /** Goes on after a fault. `near` is the place of a node that is not written, such as an empty value. */
  read(node: unknown, depth: number, near: Ranged = {}): YamlNode {
    if (!this.#reading.yaml.isNode(node)) return this.#scalar(plainScalar(''), '', near);
    try {
      return this.#resolve(node, depth);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      this.#reading.findings.faults.push(error);
      return { ...this.#scalar(plainScalar(''), '', node), isFaulty: true };
    }
  }

  #resolve(node: Yaml.Node, depth: number): YamlNode {
    if (depth > maxDepth)
      throw this.#fault('nested too deeply', node, `at most ${maxDepth} levels`);
    this.#reading.nodesLeft -= 1;
    if (this.#reading.nodesLeft === 0) {
      throw this.#fault('too much in one configuration', node, 'are there aliases of aliases?');
    }
    if (this.#reading.nodesLeft < 0) return this.#scalar(plainScalar(''), '', node);
    if (this.#reading.yaml.isAlias(node)) return this.#alias(node, depth);
    if (node.tag === '!include') return this.#include(node);
    if (node.tag === '!fluent/s') return this.#evaluated(node);
    const content = this.#content(node, depth);
    if (node.tag === '!fluent/json') {
      const json = nodeToJson(content);
      return this.#scalar(textScalar(json), json, node);
    }
    if (node.tag !== undefined && !standardTag.test(node.tag)) {
      const meant = nearest(node.tag, ownTags);
      const hint =
        meant === undefined ? `known are ${ownTags.join(', ')}` : `did you mean \`${meant}\`?`;
      this.#warn(`the tag \`${node.tag}\` is unknown and has no effect`, node, hint);
    }
    return content;
  }

  #content(node: Yaml.Node, depth: number): YamlNode {
    const { yaml } = this.#reading;
    if (yaml.isMap(node)) return this.#map(node, depth);
    if (yaml.isSeq(node)) {
      const entries = node.items.map((entry) => this.read(entry, depth + 1));
      return { kind: 'list', entries, at: this.#place(node) };
    }
    const raw = this.#textOf(node);
    const text = this.#expanded(node);
    const isPlain =
      yaml.isScalar(node) && node.type === 'PLAIN' && !/str$|^!$/.test(node.tag ?? '');
    // What a variable holds is no YAML: a password of digits stays the text that it is.
    const scalar = isPlain && text === raw ? plainScalar(text) : textScalar(text);
    return this.#scalar(scalar, text, node);
  }

  /** A text with its `${env:...}` replaced. */
  #expanded(node: Yaml.Node): string {
    const text = this.#textOf(node);
    if (this.#reading.yaml.isScalar(node) && node.type === 'QUOTE_SINGLE') return text;
    if (text.includes('#{') && node.tag === undefined) {
      this.#warn('`#{` has no effect here', node, 'write `!fluent/s` before the text');
    }
    return expandEnvironment(text, this.#expansion(node, text));
  }

  #map(node: Yaml.YAMLMap, depth: number): YamlMap {
    const { yaml } = this.#reading;
    const pairs = new Map<string, YamlPair>();
    for (const { key, value } of node.items) {
      const keyNode = this.read(key, depth + 1, node);
      if (keyNode.kind !== 'scalar')
        throw this.#fault('a key that is no text', node, 'expected a text');
      const name = nodeToText(keyNode, '');
      const content = this.read(value, depth + 1, yaml.isNode(key) ? key : node);
      if (name !== '<<') pairs.set(name, { keyAt: keyNode.at, value: content });
      else this.#merge(content, pairs);
    }
    return { kind: 'map', pairs, at: this.#place(node) };
  }

  /**
   * As in Ruby merged keys take the place of own ones before them and give way to those after them. Of several
   * maps the first wins.
   */
  #merge(content: YamlNode, pairs: Map<string, YamlPair>): void {
    for (const map of content.kind === 'list' ? content.entries.toReversed() : [content]) {
      if (map.kind === 'map') {
        for (const [name, pair] of map.pairs) pairs.set(name, pair);
      } else if (map.kind === 'list' || map.isFaulty !== true) {
        const detail = { at: map.at, hint: 'expected an alias of a mapping' };
        throw new MillraceError('MR_CONFIG_SYNTAX', '`<<` merges mappings only', detail);
      }
    }
  }

  #alias(node: Yaml.Alias, depth: number): YamlNode {
    const target = this.#targetOf(node);
    if (target !== undefined) return this.read(target, depth + 1);
    const hint = 'a text that begins with `*` needs quotes';
    throw this.#fault(`there is no anchor \`&${node.source}\``, node, hint);
  }

  /** Looking for an anchor goes through the whole document, so each alias is looked up once. */
  #targetOf(node: Yaml.Alias): Yaml.Node | undefined {
    const known = this.#targets.get(node);
    if (known !== undefined) return known;
    const target = node.resolve(this.#document);
    if (target !== undefined) this.#targets.set(node, target);
    return target;
  }

  /** All entries of the lists in the included files. */
  #include(node: Yaml.Node): YamlNode {
    const { context, findings } = this.#reading;
    const at = this.#place(node);
    const path = this.#expanded(node);
    const files = findIncluded(path, this.#source.file, at, this.#chain, context, findings);
    const entries: YamlNode[] = [];
    for (const { source, chain } of files) {
      const content = readYaml(source, chain, this.#reading);
      if (content?.kind === 'list') entries.push(...content.entries);
      else if (content !== undefined && !(content.kind === 'scalar' && content.value === null)) {
        const hint = 'expected a list: each entry begins with `- `';
        findings.fault('MR_CONFIG_SYNTAX', 'an included file without a list', content.at, hint);
      }
    }
    return { kind: 'list', entries, at };
  }

  #evaluated(node: Yaml.Node): YamlScalar {
    const raw = this.#textOf(node);
    const expansion = this.#expansion(node, raw);
    const text = evaluateText(expandEnvironment(raw, expansion), expansion);
    if (typeof text === 'string') return this.#scalar(textScalar(text), text, node);
    const value = text === useNil ? null : text;
    return { kind: 'scalar', value, json: 'null', text: '', at: this.#place(node) };
  }

  #textOf(node: Yaml.Node): string {
    if (this.#reading.yaml.isScalar(node)) return String(node.value ?? '');
    throw this.#fault(`\`${node.tag ?? ''}\` stands before a text`, node, 'expected a text');
  }

  #scalar(scalar: YamlScalarValue, text: string, node: Ranged): YamlScalar {
    return { kind: 'scalar', ...scalar, text, at: this.#place(node) };
  }

  /** Faults are as exact as the text is like its source: an unescaped text in one line has its own columns. */
  #expansion(node: Yaml.Node, text: string): Expansion {
    const start = this.#source.text.indexOf(text, node.range?.[0] ?? 0);
    const isExact = start >= 0 && start <= (node.range?.[0] ?? 0) + 1 && !text.includes('\n');
    const at = (from: number, to: number): Place =>
      isExact ? this.#source.place(start + from, start + to) : this.#place(node);
    return {
      context: this.#reading.context,
      fault: (message, from, to, hint) =>
        new MillraceError('MR_CONFIG_EMBEDDED', message, { at: at(from, to), hint }),
      warn: (message, from, to, hint) =>
        this.#reading.findings.warn('MR_CONFIG_EMBEDDED', message, at(from, to), hint),
    };
  }

  #place({ range }: Ranged): Place {
    return this.#source.place(range?.[0] ?? 0, range?.[1] ?? 0);
  }

  #fault(message: string, node: Ranged, hint: string): MillraceError {
    return new MillraceError('MR_CONFIG_SYNTAX', message, { at: this.#place(node), hint });
  }

  #warn(message: string, node: Ranged, hint: string): void {
    this.#reading.findings.warn('MR_CONFIG_SYNTAX', message, this.#place(node), hint);
  }
}
