import type { MillraceError, Place } from '../error.ts';

/** What `use_default` leaves in place of a value: the option is to take its default. */
export const useDefault: unique symbol = Symbol('use_default');

/** A value as the text gives it. Fluentd's own syntax only has texts and null; YAML has them all. */
export type ConfigValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

/** Null is what `use_nil` leaves: the option counts as not given. */
export type AttributeValue = ConfigValue | typeof useDefault;

/** One `key value` line, with the places of both for error messages. */
export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
  readonly keyAt: Place;
  /** The place of the key when the line has no value. */
  readonly valueAt: Place;
}

/** A section `<name arg>`, in the order of the text. The whole configuration is one named `ROOT`. */
export interface Element {
  readonly name: string;
  readonly arg: string;
  /** The place of the name when there is no argument. */
  readonly argAt: Place;
  readonly at: Place;
  /** By key; of several attributes with one key the last. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly elements: readonly Element[];
  /** A fault was reported inside: that an attribute or section is missing here proves nothing. */
  readonly isDamaged?: boolean;
}

/** An element under construction. */
export interface MutableElement extends Element {
  arg: string;
  argAt: Place;
  readonly attributes: Map<string, Attribute>;
  readonly elements: MutableElement[];
  isDamaged?: boolean;
}

/** An element with nothing in it yet. */
export function newElement(name: string, at: Place): MutableElement {
  return { name, arg: '', argAt: at, at, attributes: new Map(), elements: [] };
}

/** What reading a configuration gives: whatever could be read, and everything that was wrong with it. */
export interface ParsedConfig {
  readonly root: Element;
  /** Why the configuration must not be used. */
  readonly faults: readonly MillraceError[];
  /** What Fluentd accepts silently but was hardly meant. */
  readonly warnings: readonly MillraceError[];
}
