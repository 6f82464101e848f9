import { MillraceError, toError } from '../error.ts';
import { type Accessor, compileAccessor } from '../event/accessor.ts';
import type { JsonSchema } from './option.ts';
import { compileRegexp } from './regexp.ts';
import * as read from './text.ts';

/** How values of one type are read and printed. Both ways of reading throw MR_OPTION saying what was expected. */
export interface Reader<Out> {
  /** The type's name, for documents and errors. */
  readonly type: string;
  readonly schema: JsonSchema;
  readonly fromText: (text: string) => Out;
  readonly fromValue: (value: unknown) => Out;
  print?(value: Out): string;
}

/** A map with values of any kind. */
export type AnyMap = Readonly<Record<string, unknown>>;

/** Any text. */
export const textReader: Reader<string> = {
  type: 'string',
  schema: { type: 'string' },
  fromText: (text) => text,
  fromValue: onlyText((text) => text),
};

/** A number. */
export const floatReader: Reader<number> = {
  type: 'float',
  schema: { type: 'number' },
  fromText: read.parseFloatStrict,
  fromValue: orText(isNumber, read.parseFloatStrict, 'a number'),
};

/** `true`/`yes`, `false`/`no`; nothing at all is true. */
export const booleanReader: Reader<boolean> = {
  type: 'bool',
  schema: { type: 'boolean' },
  fromText: read.parseBoolean,
  fromValue: orText((given) => typeof given === 'boolean', read.parseBoolean, 'true or false'),
};

/** Milliseconds; a bare number in a text is seconds. */
export const durationReader: Reader<number> = {
  type: 'duration',
  schema: { type: ['string', 'number'], examples: ['500ms', '10s', '1h30m'] },
  fromText: read.parseDurationMs,
  fromValue: orText(isNumber, read.parseDurationMs, 'a duration such as 10s'),
  print: read.printDurationMs,
};

/** Bytes. */
export const sizeReader: Reader<number> = {
  type: 'size',
  schema: { type: ['string', 'integer'], examples: ['512k', '8m', '1g'] },
  fromText: read.parseSizeBytes,
  fromValue: orText(isInteger, read.parseSizeBytes, 'a size such as 8m'),
  print: read.printSizeBytes,
};

/** `/source/flags` or a bare source, in Ruby's syntax; a RegExp in TypeScript. */
export const regexpReader: Reader<RegExp> = {
  type: 'regexp',
  schema: { type: 'string', examples: ['/^(?<level>[A-Z]+) (?<message>.*)$/'] },
  fromText: compileRegexp,
  fromValue: (given) =>
    given instanceof RegExp
      ? stateless(given)
      : onlyText(compileRegexp, 'a regular expression')(given),
};

/** A field's name, or a path to it such as `$.a.b`. */
export const accessorReader: Reader<Accessor> = {
  type: 'accessor',
  schema: { type: 'string', examples: ['level', '$.kubernetes.labels'] },
  fromText: readAccessor,
  fromValue: onlyText(readAccessor, 'a field or a path such as $.a.b'),
  print: ({ path }) => (typeof path === 'string' ? path : `$${path.map(printStep).join('')}`),
};

/** A JSON object or `key:value` pairs separated by commas. */
export const hashReader: Reader<AnyMap> = {
  type: 'hash',
  schema: { type: 'object' },
  fromText: read.parseHash,
  fromValue: orText(isMap, read.parseHash, 'a map'),
  print: (map) => JSON.stringify(map),
};

/** Any JSON: as text, or the value itself. */
export const jsonReader: Reader<unknown> = {
  type: 'json',
  schema: {},
  fromText: (text) => read.parseJson(text, 'JSON'),
  fromValue: (given) => given,
  print: (given) => JSON.stringify(given),
};

/** A whole number within bounds; without any, one that a double holds exactly. */
export function integerReader(min?: number, max?: number): Reader<number> {
  const least = min ?? Number.MIN_SAFE_INTEGER;
  const most = max ?? Number.MAX_SAFE_INTEGER;
  const within = (given: number | bigint): number => {
    if (typeof given === 'number' && given >= least && given <= most) return given;
    throw read.expected(`a whole number from ${least} to ${most}`, String(given));
  };
  const fromText = (text: string): number => within(read.parseInteger(text));
  const fromValue = orText(isInteger, fromText, 'a whole number');
  return {
    type: 'integer',
    schema: {
      type: 'integer',
      ...(min !== undefined && { minimum: min }),
      ...(max !== undefined && { maximum: max }),
    },
    fromText,
    fromValue: (given) => within(fromValue(given)),
  };
}

/** One of a few words. */
export function wordReader<const W extends readonly string[]>(words: W): Reader<W[number]> {
  const fromText = (text: string): W[number] => {
    if (words.includes(text)) return text;
    throw read.notOneOf(text, words);
  };
  return {
    type: words.join('|'),
    schema: { enum: words },
    fromText,
    fromValue: (given) => fromText(typeof given === 'string' ? given : describe(given)),
  };
}

/** A JSON array, or elements separated by commas; each is read by the element's own reader. */
export function arrayReader<Out>(element: Reader<Out>): Reader<readonly Out[]> {
  const fromText = (text: string): readonly Out[] =>
    element.type === 'string'
      ? read.parseTextArray(text).map(element.fromText)
      : read.parseArray(text).map(element.fromValue);
  const print = element.print ?? String;
  return {
    type: element.type === 'string' ? 'array' : `array of ${element.type}`,
    schema: { type: 'array', items: element.schema },
    fromText,
    fromValue: (given) => {
      if (Array.isArray(given)) return given.map(element.fromValue);
      if (typeof given === 'string') return fromText(given);
      throw new MillraceError('MR_OPTION', `expected a list, not ${describe(given)}`);
    },
    print: (list) => {
      const texts = list.map(print);
      return texts.every(isPlainElement) ? texts.join(',') : JSON.stringify(texts);
    },
  };
}

/** Whether a text between commas is read as it is. */
function isPlainElement(text: string, index: number): boolean {
  return (
    text !== '' && text === text.trim() && !text.includes(',') && (index > 0 || text[0] !== '[')
  );
}

function readAccessor(text: string): Accessor {
  try {
    return compileAccessor(text);
  } catch (cause) {
    const hint = cause instanceof MillraceError ? cause.hint : undefined;
    throw new MillraceError('MR_OPTION', toError(cause).message, { cause, hint });
  }
}

function printStep(step: string | number): string {
  return typeof step === 'number' ? `[${step}]` : `['${step}']`;
}

/** A reader of values from TypeScript that takes texts only. */
export function onlyText<Out>(
  fromText: (text: string) => Out,
  wanted = 'a text',
): (value: unknown) => Out {
  return (given) => {
    if (typeof given === 'string') return fromText(given);
    throw new MillraceError('MR_OPTION', `expected ${wanted}, not ${describe(given)}`);
  };
}

/** With the flags `g` and `y` an expression would remember where it matched last. */
function stateless(expression: RegExp): RegExp {
  const flags = expression.flags.replace(/[gy]/g, '');
  return flags === expression.flags ? expression : new RegExp(expression.source, flags);
}

/** A value from TypeScript that is either already right or a text as in a configuration. */
function orText<Out>(
  isRight: (value: unknown) => value is Out,
  fromText: (text: string) => Out,
  wanted: string,
): (value: unknown) => Out {
  return (given) => {
    if (isRight(given)) return given;
    if (typeof given === 'string') return fromText(given);
    throw new MillraceError('MR_OPTION', `expected ${wanted}, not ${describe(given)}`);
  };
}

function isNumber(given: unknown): given is number {
  return typeof given === 'number' && Number.isFinite(given);
}

function isInteger(given: unknown): given is number {
  return Number.isSafeInteger(given);
}

function isMap(given: unknown): given is AnyMap {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function describe(given: unknown): string {
  if (Array.isArray(given)) return 'a list';
  if (typeof given === 'object' && given !== null) return 'an object';
  return typeof given === 'function' ? 'a function' : String(given);
}
