import type { Place } from '../error.ts';

/** A JSON Schema (draft 2020-12) of what may be written for an option. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What every option says of itself. */
interface OptionBase<In, Out, Required extends boolean> {
  readonly doc: string;
  readonly isRequired: Required;
  /** Other names of the option, in camelCase: Fluentd's older spellings. */
  readonly aliases: readonly string[];
  /** Carries the types and never exists at run time. */
  readonly types?: { readonly in: In; readonly out: Out };
}

/** An option that is one value: a line in a configuration. */
export interface ValueOption<In, Out, Required extends boolean = boolean>
  extends OptionBase<In, Out, Required> {
  readonly form: 'value';
  /** The name of its type, for documents and errors: `duration`, `size`, ... */
  readonly type: string;
  readonly schema: JsonSchema;
  /** The default as a person would write it, or undefined. */
  readonly defaultText: string | undefined;
  readonly fallback: Out | undefined;
  /** A secret is never printed. */
  readonly isSecret: boolean;
  /** Reads a configuration's text. @throws MR_OPTION whose message says what was expected */
  parseText(text: string): Out;
  /** Reads a value given in TypeScript. @throws MR_OPTION likewise */
  parseValue(value: unknown): Out;
  /** A value that was read, as a person would write it. */
  print(value: unknown): string;
}

/** An option that is a section of further options: `<server>`, once or repeated. */
export interface SectionOption<In, Out, Required extends boolean = boolean>
  extends OptionBase<In, Out, Required> {
  readonly form: 'section';
  readonly shape: Shape;
  readonly isRepeated: boolean;
  /** The key of the shape that takes the section's argument, or undefined if it takes none. */
  readonly argument: string | undefined;
}

/** An option that is a section holding a plugin: `<parse>`, `<format>`, `<store>`. */
export interface PluginOption<In, Out, Required extends boolean = boolean>
  extends OptionBase<In, Out, Required> {
  readonly form: 'plugin';
  /** Which kind of plugin: `parser`, `formatter`, `output`, ... */
  readonly kind: string;
  readonly isRepeated: boolean;
  /** The type taken when the section, or its `@type`, is absent. */
  readonly defaultType: string | undefined;
}

/** A section whose keys are free and whose values are texts: `<record>`. */
export interface FreeOption<In, Out, Required extends boolean = boolean>
  extends OptionBase<In, Out, Required> {
  readonly form: 'free';
}

/** Any declared option: what may be given (`In`), what the plugin gets (`Out`), whether it must be given. */
export type Option<In, Out, Required extends boolean = boolean> =
  | ValueOption<In, Out, Required>
  | SectionOption<In, Out, Required>
  | PluginOption<In, Out, Required>
  | FreeOption<In, Out, Required>;

/** The options of a plugin or section, by their camelCase names. */
export interface Shape {
  readonly [key: string]: Option<unknown, unknown>;
}

type InOf<O> = O extends { readonly types?: { readonly in: infer In } } ? In : never;
type OutOf<O> = O extends { readonly types?: { readonly out: infer Out } } ? Out : never;
type RequiredKeys<S extends Shape> = {
  [K in keyof S]: S[K]['isRequired'] extends true ? K : never;
}[keyof S];

/**
 * What a user writes: required keys must be there, the rest may be absent. Keys are mapped one by one with `as`,
 * so that an editor and the compiler's errors lead from a key to its option.
 */
export type Given<S extends Shape> = {
  readonly [K in keyof S as S[K]['isRequired'] extends true ? K : never]: InOf<S[K]>;
} & {
  readonly [K in keyof S as S[K]['isRequired'] extends true ? never : K]?: InOf<S[K]> | undefined;
};

/**
 * The arguments of a call that takes options, or `As` in their place: none is needed where no option is required.
 */
export type GivenArguments<S extends Shape, More extends readonly unknown[] = [], As = Given<S>> = [
  RequiredKeys<S>,
] extends [never]
  ? [options?: As, ...more: More]
  : [options: As, ...more: More];

/** What a plugin gets: every key, defaults filled in; `undefined` only where there is no default. */
export type Parsed<S extends Shape> = { readonly [K in keyof S]: OutOf<S[K]> };

/** A value's text in a configuration. `null` is "unset it", whatever the default. */
export interface SourceValue {
  readonly text: string | null;
  readonly keyAt: Place | undefined;
  readonly valueAt: Place | undefined;
}

/** A section of a configuration, ready to be read by a shape. Keys are as the configuration spells them. */
export interface SourceSection {
  readonly name: string;
  readonly argument: string;
  readonly at: Place | undefined;
  readonly argumentAt: Place | undefined;
  /** A fault was reported inside: that something is missing here proves nothing. */
  readonly isDamaged?: boolean;
  readonly values: ReadonlyMap<string, SourceValue>;
  readonly sections: readonly SourceSection[];
}
