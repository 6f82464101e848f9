import type { Place } from '../error.ts';
import { nearest } from '../option/nearest.ts';
import { type MutableElement, newElement } from './element.ts';
import type { Findings } from './findings.ts';
import {
  nodeToText,
  nodeToValue,
  type YamlMap,
  type YamlNode,
  type YamlPair,
} from './yaml_node.ts';

/** Turns a YAML configuration into the sections that the same configuration in Fluentd's syntax would have. */
export class SectionBuilder {
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Adds `system` and the sections of `config` to the root. */
  addTop(root: MutableElement, top: YamlNode): void {
    if (top.kind !== 'map') {
      this.#fault('the configuration is no mapping', top.at, 'expected `system:` and `config:`');
      root.isDamaged = true;
      return;
    }
    this.#warnOfOthers(top, ['system', 'config'], 'has no effect here');
    const system = top.pairs.get('system');
    if (system !== undefined && !isNothing(system.value)) {
      root.elements.push(this.#section('system', system, undefined));
    }
    const config = top.pairs.get('config')?.value;
    if (config !== undefined && !isNothing(config)) this.#addEntries(root, config);
  }

  #addEntries(parent: MutableElement, config: YamlNode): void {
    if (config.kind === 'map' && config.pairs.size === 0) return;
    if (config.kind !== 'list') {
      this.#fault('`config` is no list', config.at, 'expected entries such as `- source:`');
      parent.isDamaged = true;
      return;
    }
    for (const entry of config.entries) {
      if (entry.kind === 'map') this.#addEntry(parent, entry);
      else if (entry.kind === 'list')
        this.#addEntries(parent, entry); // of an included file
      else if (entry.isFaulty === true) parent.isDamaged = true;
      else
        this.#fault(
          'an entry without a section',
          entry.at,
          `expected one of ${entryNames.join(', ')}`,
        );
    }
  }

  #addEntry(parent: MutableElement, entry: YamlMap): void {
    for (const name of entryNames) {
      const pair = entry.pairs.get(name);
      if (pair === undefined || isNothing(pair.value)) continue;
      const isContainer = name === 'label' || name === 'worker';
      const argKey = name === 'source' ? undefined : '$tag';
      parent.elements.push(
        isContainer ? this.#container(name, pair) : this.#section(name, pair, argKey),
      );
    }
    for (const [key, { keyAt }] of entry.pairs) {
      if (entryNames.includes(key)) continue;
      parent.isDamaged = true;
      this.#fault(`\`${key}\` is no section of a configuration`, keyAt, suggest(key, entryNames));
    }
  }

  /** A label or a worker, which holds sections of its own. */
  #container(name: string, { keyAt, value }: YamlPair): MutableElement {
    const element = newElement(name, keyAt);
    if (value.kind !== 'map') return this.#notMap(element, value.at);
    const argKey = name === 'label' ? '$name' : '$arg';
    this.#setArgument(element, value.pairs.get(argKey)?.value, ',');
    this.#warnOfOthers(value, [argKey, 'config'], `has no effect in \`${name}\``);
    const config = value.pairs.get('config')?.value;
    if (config === undefined || isNothing(config)) {
      element.isDamaged = true;
      this.#fault(
        `\`${name}\` without \`config\``,
        keyAt,
        'expected `config:` with a list of sections',
      );
    } else {
      this.#addEntries(element, config);
    }
    return element;
  }

  #section(
    name: string,
    { keyAt, value }: YamlPair,
    argKey: '$tag' | '$arg' | undefined,
  ): MutableElement {
    const element = newElement(name, keyAt);
    if (value.kind !== 'map') return this.#notMap(element, value.at);
    for (const [key, attribute] of reserved) {
      const pair = value.pairs.get(key);
      if (pair !== undefined) this.#setReserved(element, attribute, pair);
    }
    for (const [key, pair] of value.pairs) {
      if (key === argKey) this.#setArgument(element, pair.value, argKey === '$tag' ? ' ' : ',');
      else if (!reserved.has(key)) this.#add(element, key, pair);
    }
    return element;
  }

  /** Sections become elements, whether one mapping or a list of them; all else is an attribute. */
  #add(element: MutableElement, key: string, { keyAt, value }: YamlPair): void {
    if (value.kind === 'map') {
      element.elements.push(this.#section(key, { keyAt, value }, '$arg'));
    } else if (value.kind === 'list' && value.entries[0]?.kind === 'map') {
      for (const entry of value.entries) {
        element.elements.push(this.#section(key, { keyAt, value: entry }, '$arg'));
      }
    } else if (value.kind === 'list' && value.entries.length === 0) {
      const message = `\`${key}\` counts as not given, because its list is empty`;
      this.#findings.warn('MR_CONFIG_SYNTAX', message, keyAt, 'remove it, or put something in');
    } else {
      this.#set(element, key, { keyAt, value });
    }
  }

  /** `$type: null` is meant as the plugin of that name, though to YAML it is nothing. */
  #setReserved(element: MutableElement, key: string, { keyAt, value }: YamlPair): void {
    if (key === '@type' && value.kind === 'scalar' && value.value === null && value.text !== '') {
      this.#set(element, key, { keyAt, value: { ...value, value: value.text } });
    } else if (!isNothing(value)) {
      this.#set(element, key, { keyAt, value });
    }
  }

  #set(element: MutableElement, key: string, { keyAt, value }: YamlPair): void {
    if (value.kind === 'scalar' && value.isFaulty === true) element.isDamaged = true;
    else element.attributes.set(key, { key, value: nodeToValue(value), keyAt, valueAt: value.at });
  }

  #setArgument(element: MutableElement, value: YamlNode | undefined, separator: string): void {
    if (value === undefined || isNothing(value)) return;
    element.arg = nodeToText(value, separator);
    element.argAt = value.at;
    if (value.kind !== 'map') return;
    const message = `the argument of \`${element.name}\` is a mapping, and matches nothing`;
    this.#findings.warn('MR_CONFIG_SYNTAX', message, value.at, 'a text with braces needs quotes');
  }

  #notMap(element: MutableElement, at: Place): MutableElement {
    element.isDamaged = true;
    this.#fault(`\`${element.name}\` is no mapping`, at, 'expected `key: value` lines below it');
    return element;
  }

  #warnOfOthers(map: YamlMap, known: readonly string[], complaint: string): void {
    for (const [key, { keyAt }] of map.pairs) {
      if (known.includes(key)) continue;
      const message = `\`${key}\` ${complaint}`;
      this.#findings.warn('MR_CONFIG_SYNTAX', message, keyAt, suggest(key, known));
    }
  }

  #fault(message: string, at: Place, hint: string): void {
    this.#findings.fault('MR_CONFIG_SYNTAX', message, at, hint);
  }
}

/** In the order in which one entry's sections count, whatever their order in the text. */
const entryNames = ['label', 'source', 'filter', 'match', 'worker'];

const reserved = new Map([
  ['$type', '@type'],
  ['$label', '@label'],
  ['$id', '@id'],
  ['$log_level', '@log_level'],
]);

function isNothing(node: YamlNode): boolean {
  return node.kind === 'scalar' && (node.value === null || node.value === false);
}

function suggest(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined ? `known are ${known.join(', ')}` : `did you mean \`${meant}\`?`;
}
