import type { Place } from '../error.ts';
import type { AttributeValue, ConfigValue } from './element.ts';
import { useDefault } from './element.ts';

/** A YAML document with its aliases, merges, includes and tags resolved. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: Exclude<AttributeValue, object>;
  /** As JSON text. */
  readonly json: string;
  /** As written, without quotes. */
  readonly text: string;
  readonly at: Place;
  /** A fault was reported here: the value means nothing. */
  readonly isFaulty?: boolean;
}

export interface YamlList {
  readonly kind: 'list';
  readonly entries: readonly YamlNode[];
  readonly at: Place;
}

export interface YamlPair {
  readonly keyAt: Place;
  readonly value: YamlNode;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly pairs: ReadonlyMap<string, YamlPair>;
  readonly at: Place;
}

/** The node as compact JSON text, keys in order. */
export function nodeToJson(node: YamlNode): string {
  if (node.kind === 'scalar') return node.json;
  if (node.kind === 'list') return `[${node.entries.map(nodeToJson).join(',')}]`;
  const members = [...node.pairs].map(
    ([key, { value }]) => `${JSON.stringify(key)}:${nodeToJson(value)}`,
  );
  return `{${members.join(',')}}`;
}

/** The node as the value of an attribute; a key such as `__proto__` is a key like any other. */
export function nodeToValue(node: YamlNode): AttributeValue {
  return node.kind === 'scalar' ? node.value : nestedValue(node);
}

function nestedValue(node: YamlNode): ConfigValue {
  if (node.kind === 'scalar') return node.value === useDefault ? null : node.value;
  if (node.kind === 'list') return node.entries.map(nestedValue);
  return Object.fromEntries([...node.pairs].map(([key, { value }]) => [key, nestedValue(value)]));
}

/** The node as Ruby puts it into a text: lists joined, a map in Ruby's own notation. */
export function nodeToText(node: YamlNode, separator: string): string {
  if (node.kind === 'list') {
    return node.entries.map((entry) => nodeToText(entry, separator)).join(separator);
  }
  if (node.kind === 'map') return inspect(node);
  if (node.value === null || typeof node.value === 'symbol') return '';
  return typeof node.value === 'string' ? node.value : node.json;
}

function inspect(node: YamlNode): string {
  if (node.kind === 'scalar') return node.value === null ? 'nil' : node.json;
  if (node.kind === 'list') return `[${node.entries.map(inspect).join(', ')}]`;
  const members = [...node.pairs].map(
    ([key, { value }]) => `${JSON.stringify(key)}=>${inspect(value)}`,
  );
  return `{${members.join(', ')}}`;
}
