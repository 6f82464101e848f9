import { MillraceError } from '../error.ts';
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
import { compileRegexp } from './regexp.ts';
import * as read from './text.ts';

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

interface Reader<Out> {
  readonly type: string;
  readonly schema: JsonSchema;
  readonly fromText: (text: string) => Out;
  readonly fromValue: (value: unknown) => Out;
  readonly print?: (value: Out) => string;
}

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
  };
  // The settings' type says whether a value is always there; the compiler cannot relate it to `fallback`.
  return option as Value<In, Out, T>;
}

/** A value from TypeScript that is either already right or a text as in a configuration. */
function orText<Out>(
  isRight: (value: unknown) => value is Out,
  fromText: (text: string) => Out,
  expected: string,
): (value: unknown) => Out {
  return (given) => {
    if (isRight(given)) return given;
    if (typeof given === 'string') return fromText(given);
    throw new MillraceError('MR_OPTION', `expected ${expected}, not ${describe(given)}`);
  };
}

const isNumber = (given: unknown): given is number =>
  typeof given === 'number' && Number.isFinite(given);
const isInteger = (given: unknown): given is number => Number.isSafeInteger(given);
const isBoolean = (given: unknown): given is boolean => typeof given === 'boolean';
const isString = (given: unknown): given is string => typeof given === 'string';
const isRegExp = (given: unknown): given is RegExp => given instanceof RegExp;

function describe(given: unknown): string {
  return typeof given === 'object' || typeof given === 'function'
    ? `a ${typeof given}`
    : String(given);
}

/** Any text. */
export function string<const T extends ValueSettings<string>>(
  settings: T,
): Value<string, string, T> {
  const fromText = (text: string): string => text;
  const fromValue = (given: unknown): string => {
    if (isString(given)) return given;
    throw new MillraceError('MR_OPTION', `expected a text, not ${describe(given)}`);
  };
  return value<string, string, T>(
    { type: 'string', schema: { type: 'string' }, fromText, fromValue },
    settings,
  );
}

/** A whole number. */
export function integer<const T extends ValueSettings<number>>(
  settings: T & { readonly min?: number; readonly max?: number },
): Value<number, number, T> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = settings;
  const within = (given: number): number => {
    if (given >= min && given <= max) return given;
    throw new MillraceError(
      'MR_OPTION',
      `expected a whole number from ${min} to ${max}, not ${given}`,
    );
  };
  const fromValue = orText(isInteger, read.parseInteger, 'a whole number');
  return value<number, number, T>(
    {
      type: 'integer',
      schema: {
        type: 'integer',
        ...(settings.min !== undefined && { minimum: min }),
        ...(settings.max !== undefined && { maximum: max }),
      },
      fromText: (text) => within(read.parseInteger(text)),
      fromValue: (given) => within(fromValue(given)),
    },
    settings,
  );
}

/** A number. */
export function float<const T extends ValueSettings<number>>(
  settings: T,
): Value<number, number, T> {
  return value<number, number, T>(
    {
      type: 'float',
      schema: { type: 'number' },
      fromText: read.parseFloatStrict,
      fromValue: orText(isNumber, read.parseFloatStrict, 'a number'),
    },
    settings,
  );
}

/** `true`/`yes`, `false`/`no`; a key alone is true. */
export function boolean<const T extends ValueSettings<boolean>>(
  settings: T,
): Value<boolean, boolean, T> {
  return value<boolean, boolean, T>(
    {
      type: 'bool',
      schema: { type: 'boolean' },
      fromText: read.parseBoolean,
      fromValue: orText(isBoolean, read.parseBoolean, 'true or false'),
    },
    settings,
  );
}

/** A length of time, in milliseconds once parsed. In a configuration a bare number is seconds; in TypeScript a number is milliseconds. */
export function duration<const T extends ValueSettings<number>>(
  settings: T,
): Value<number | string, number, T> {
  return value<number | string, number, T>(
    {
      type: 'duration',
      schema: { type: ['string', 'number'], examples: ['500ms', '10s', '1h30m'] },
      fromText: read.parseDurationMs,
      fromValue: orText(isNumber, read.parseDurationMs, 'a duration such as 10s'),
      print: read.printDurationMs,
    },
    settings,
  );
}

/** A number of bytes; `k`, `m`, `g`, `t` are powers of 1024. */
export function size<const T extends ValueSettings<number>>(
  settings: T,
): Value<number | string, number, T> {
  return value<number | string, number, T>(
    {
      type: 'size',
      schema: { type: ['string', 'integer'], examples: ['512k', '8m', '1g'] },
      fromText: read.parseSizeBytes,
      fromValue: orText(isInteger, read.parseSizeBytes, 'a size such as 8m'),
      print: read.printSizeBytes,
    },
    settings,
  );
}

/** One of a few words. */
export function oneOf<const W extends readonly string[], const T extends ValueSettings<W[number]>>(
  words: W,
  settings: T,
): Value<W[number], W[number], T> {
  const fromText = (text: string): W[number] => {
    if (words.includes(text)) return text;
    throw read.notOneOf(text, words);
  };
  const fromValue = (given: unknown): W[number] =>
    fromText(isString(given) ? given : describe(given));
  return value<W[number], W[number], T>(
    { type: words.join('|'), schema: { enum: words }, fromText, fromValue },
    settings,
  );
}

/** A regular expression: `/source/flags` or a bare source, in Ruby's syntax; a RegExp in TypeScript. */
export function regexp<const T extends ValueSettings<RegExp>>(
  settings: T,
): Value<RegExp | string, RegExp, T> {
  return value<RegExp | string, RegExp, T>(
    {
      type: 'regexp',
      schema: { type: 'string', examples: ['/^(?<level>[A-Z]+) (?<message>.*)$/'] },
      fromText: compileRegexp,
      fromValue: orText(isRegExp, compileRegexp, 'a regular expression'),
    },
    settings,
  );
}

/** A list of texts: a JSON array or separated by commas. */
export function array<const T extends ValueSettings<readonly string[]>>(
  settings: T,
): Value<readonly string[], readonly string[], T> {
  const isList = (given: unknown): given is readonly string[] =>
    Array.isArray(given) && given.every(isString);
  return value<readonly string[], readonly string[], T>(
    {
      type: 'array',
      schema: { type: 'array', items: { type: 'string' } },
      fromText: read.parseTextArray,
      fromValue: orText(isList, read.parseTextArray, 'a list of texts'),
      print: (list) => list.join(','),
    },
    settings,
  );
}

/** A map of texts: a JSON object or `key:value` pairs separated by commas. */
export function hash<const T extends ValueSettings<Readonly<Record<string, unknown>>>>(
  settings: T,
): Value<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>, T> {
  const isMap = (given: unknown): given is Readonly<Record<string, unknown>> =>
    typeof given === 'object' && given !== null && !Array.isArray(given);
  return value<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>, T>(
    {
      type: 'hash',
      schema: { type: 'object' },
      fromText: read.parseHash,
      fromValue: orText(isMap, read.parseHash, 'a map'),
      print: (map) => JSON.stringify(map),
    },
    settings,
  );
}

/** A value option of any other kind: `fromText` throws MR_OPTION saying what was expected. */
export function custom<Out, const T extends ValueSettings<Out>>(
  reader: {
    readonly type: string;
    readonly schema?: JsonSchema;
    readonly fromText: (text: string) => Out;
  },
  settings: T,
): Value<string, Out, T> {
  const fromValue = (given: unknown): Out => {
    if (isString(given)) return reader.fromText(given);
    throw new MillraceError('MR_OPTION', `expected a text, not ${describe(given)}`);
  };
  return value<string, Out, T>({ schema: { type: 'string' }, ...reader, fromValue }, settings);
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

/** A section of free keys with texts: `<record>`. Absent, it is empty. */
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
