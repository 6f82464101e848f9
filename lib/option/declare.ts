import type { Accessor } from '../event/accessor.ts';
import type {
  FreeOption,
  Given,
  JsonSchema,
  Parsed,
  PluginOption,
  SectionOption,
  Shape,
  ValueOption,
} from './option.ts';
import {
  type AnyMap,
  accessorReader,
  arrayReader,
  booleanReader,
  durationReader,
  floatReader,
  hashReader,
  integerReader,
  jsonReader,
  onlyText,
  type Reader,
  regexpReader,
  sizeReader,
  textReader,
  wordReader,
} from './reader.ts';

/** What is said of every value option. */
export interface ValueSettings<Out> {
  readonly doc: string;
  readonly default?: Out;
  readonly required?: boolean;
  /** Never printed: not in a dump, not in an error. */
  readonly secret?: boolean;
  readonly aliases?: readonly string[];
}

type IsRequired<T> = T extends { readonly required: true } ? true : false;
type OrUndefined<Out, T> = T extends { readonly required: true }
  ? Out
  : T extends { readonly default: unknown }
    ? T extends { readonly default: undefined }
      ? Out | undefined
      : Out
    : Out | undefined;
type Value<In, Out, T> = ValueOption<In, OrUndefined<Out, T>, IsRequired<T>>;

/** Makes a value option of its reader; the one place that ties the static types to the settings. */
function value<In, Out, T extends ValueSettings<Out>>(
  reader: Reader<Out>,
  settings: T,
): Value<In, Out, T> {
  const print = reader.print ?? String;
  const option: ValueOption<In, Out | undefined> = {
    form: 'value',
    type: reader.type,
    schema: settings.secret === true ? { ...reader.schema, writeOnly: true } : reader.schema,
    doc: settings.doc,
    isRequired: settings.required === true,
    isSecret: settings.secret === true,
    aliases: settings.aliases ?? [],
    fallback: settings.default,
    defaultText: settings.default === undefined ? undefined : print(settings.default),
    parseText: reader.fromText,
    parseValue: reader.fromValue,
    // Given only what the two above have read.
    print: (read) => print(read as Out),
  };
  // The settings' type says whether a value is always there; the compiler cannot relate it to `fallback`.
  return option as Value<In, Out, T>;
}

/** Any text. */
export function string<const T extends ValueSettings<string>>(
  settings: T,
): Value<string, string, T> {
  return value<string, string, T>(textReader, settings);
}

/** A whole number. */
export function integer<const T extends ValueSettings<number>>(
  settings: T & { readonly min?: number; readonly max?: number },
): Value<number, number, T> {
  return value<number, number, T>(integerReader(settings.min, settings.max), settings);
}

/** A number. */
export function float<const T extends ValueSettings<number>>(
  settings: T,
): Value<number, number, T> {
  return value<number, number, T>(floatReader, settings);
}

/** `true`/`yes`, `false`/`no`; a key alone is true. */
export function boolean<const T extends ValueSettings<boolean>>(
  settings: T,
): Value<boolean, boolean, T> {
  return value<boolean, boolean, T>(booleanReader, settings);
}

/** A length of time, in milliseconds once parsed. In a configuration a bare number is seconds; in TypeScript a number is milliseconds. */
export function duration<const T extends ValueSettings<number>>(
  settings: T,
): Value<number | string, number, T> {
  return value<number | string, number, T>(durationReader, settings);
}

/** A number of bytes; `k`, `m`, `g`, `t` are powers of 1024. */
export function size<const T extends ValueSettings<number>>(
  settings: T,
): Value<number | string, number, T> {
  return value<number | string, number, T>(sizeReader, settings);
}

/** One of a few words. */
export function oneOf<const W extends readonly string[], const T extends ValueSettings<W[number]>>(
  words: W,
  settings: T,
): Value<W[number], W[number], T> {
  return value<W[number], W[number], T>(wordReader(words), settings);
}

/** A regular expression: `/source/flags` or a bare source, in Ruby's syntax; a RegExp in TypeScript. */
export function regexp<const T extends ValueSettings<RegExp>>(
  settings: T,
): Value<RegExp | string, RegExp, T> {
  return value<RegExp | string, RegExp, T>(regexpReader, settings);
}

/** A field of records: its name, or a path such as `$.a.b[0]`. */
export function accessor<const T extends ValueSettings<Accessor>>(
  settings: T,
): Value<string, Accessor, T> {
  return value<string, Accessor, T>(accessorReader, settings);
}

/** A list of fields of records: a JSON array or separated by commas. */
export function accessors<const T extends ValueSettings<readonly Accessor[]>>(
  settings: T,
): Value<readonly string[], readonly Accessor[], T> {
  return value<readonly string[], readonly Accessor[], T>(arrayReader(accessorReader), settings);
}

/** A list of texts: a JSON array or separated by commas. */
export function array<const T extends ValueSettings<readonly string[]>>(
  settings: T,
): Value<readonly string[], readonly string[], T> {
  return value<readonly string[], readonly string[], T>(arrayReader(textReader), settings);
}

/** A list of whole numbers: a JSON array or separated by commas. */
export function integers<const T extends ValueSettings<readonly number[]>>(
  settings: T,
): Value<readonly number[], readonly number[], T> {
  return value<readonly number[], readonly number[], T>(arrayReader(integerReader()), settings);
}

/** A map of texts: a JSON object or `key:value` pairs separated by commas. */
export function hash<const T extends ValueSettings<AnyMap>>(settings: T): Value<AnyMap, AnyMap, T> {
  return value<AnyMap, AnyMap, T>(hashReader, settings);
}

/** Any JSON: its text in a configuration, the value itself in TypeScript. */
export function json<const T extends ValueSettings<unknown>>(
  settings: T,
): Value<unknown, unknown, T> {
  return value<unknown, unknown, T>(jsonReader, settings);
}

/**
 * A value option of any other kind. `fromText` throws MR_OPTION saying what was expected; without `fromValue`
 * TypeScript gives texts too.
 */
export function custom<Out, const T extends ValueSettings<Out>, In = string>(
  reader: {
    readonly type: string;
    readonly schema?: JsonSchema;
    readonly fromText: (text: string) => Out;
    readonly fromValue?: (value: In) => Out;
    print?(value: Out): string;
  },
  settings: T,
): Value<In, Out, T> {
  const { type, schema = { type: 'string' }, fromText, print } = reader;
  // A value may be anything at run time: `fromValue` has to look.
  const fromValue =
    (reader.fromValue as ((value: unknown) => Out) | undefined) ?? onlyText(fromText);
  return value<In, Out, T>(
    { type, schema, fromText, fromValue, ...(print !== undefined && { print }) },
    settings,
  );
}

/** The numbers that `numbered` options go up to. */
type Number20 =
  | 1
  | 2
  | 3
  | 4
  | 5
  | 6
  | 7
  | 8
  | 9
  | 10
  | 11
  | 12
  | 13
  | 14
  | 15
  | 16
  | 17
  | 18
  | 19
  | 20;

/** Options `name1` to `name20`, to be spread into a plugin's options: Fluentd's way of repeating a key. */
export function numbered<const N extends string, O extends ValueOption<unknown, unknown>>(
  name: N,
  option: O,
): { readonly [K in `${N}${Number20}`]: O } {
  const entries = Array.from({ length: 20 }, (_, index) => [`${name}${index + 1}`, option]);
  // A mapped type over template literals cannot be built key by key.
  return Object.fromEntries(entries) as { readonly [K in `${N}${Number20}`]: O };
}

interface SectionSettings {
  readonly doc: string;
  readonly required?: boolean;
  readonly argument?: string;
}

/** A section that may stand once. Absent and not required, it is undefined. */
export function section<S extends Shape, const T extends SectionSettings>(
  shape: S,
  settings: T,
): SectionOption<
  Given<S>,
  T extends { required: true } ? Parsed<S> : Parsed<S> | undefined,
  IsRequired<T>
> {
  return {
    form: 'section',
    shape,
    doc: settings.doc,
    // The settings' type decides; a boolean expression is not narrowed to it.
    isRequired: (settings.required === true) as IsRequired<T>,
    isRepeated: false,
    argument: settings.argument,
    aliases: [],
  };
}

/** A section that may be repeated: a list, empty when absent. */
export function sections<S extends Shape, const T extends SectionSettings>(
  shape: S,
  settings: T,
): SectionOption<readonly Given<S>[], readonly Parsed<S>[], IsRequired<T>> {
  return {
    form: 'section',
    shape,
    doc: settings.doc,
    // As in `section`.
    isRequired: (settings.required === true) as IsRequired<T>,
    isRepeated: true,
    argument: settings.argument,
    aliases: [],
  };
}

/** A section of free keys with texts: `<record>`. Absent, it is empty; several of them count as one. */
export function free<const T extends { readonly doc: string }>(
  settings: T,
): FreeOption<Readonly<Record<string, string>>, ReadonlyMap<string, string>, false> {
  return { form: 'free', doc: settings.doc, isRequired: false, aliases: [] };
}

/** The common part of options that hold plugins; `lib/plugin/nested.ts` gives them their types. */
export function pluginOption<In, Out, R extends boolean>(settings: {
  readonly kind: string;
  readonly doc: string;
  readonly isRequired: R;
  readonly isRepeated: boolean;
  readonly defaultType: string | undefined;
}): PluginOption<In, Out, R> {
  return { form: 'plugin', aliases: [], ...settings };
}
