import assert from 'node:assert/strict';
import { MillraceError } from '../../lib/error.ts';
import {
  arrayReader,
  booleanReader,
  floatReader,
  hashReader,
  type Reader,
  regexpReader,
  sizeReader,
  textReader,
  wordReader,
} from '../../lib/option/reader.ts';
import { splitRegexp } from '../../lib/option/regexp.ts';
import { parseDurationMs, parseInteger } from '../../lib/option/text.ts';
import type { GoldenCase } from './adaptor.ts';

/** Reads a text as an option of the type, and compares with Fluentd's strict reading. */
export default function configTypes(golden: GoldenCase): void {
  const { type, text, options } = golden.in;
  assert(typeof type === 'string' && isMap(options) && isMap(golden.out));
  const wanted = golden.out['strict'];
  assert(isMap(wanted));
  // An option whose text is nil is unset: the type's reader never sees it.
  const read = (): unknown =>
    text === null ? null : describe(String(text), fromText(type, String(text), options));
  if ('error' in wanted) {
    assert.throws(read, (error) => error instanceof MillraceError && error.code === 'MR_OPTION');
    return;
  }
  assert.deepEqual(read(), wanted['value']);
}

function fromText(
  type: string,
  text: string,
  options: { readonly [key: string]: unknown },
): unknown {
  const valueType = options['value_type'];
  switch (type) {
    case 'time':
      return parseDurationMs(text) / 1000;
    case 'integer':
      return parseInteger(text);
    case 'array':
      return arrayOf(text, valueType);
    case 'hash': {
      const map = hashReader.fromText(text);
      if (valueType === undefined) return map;
      const element = readerOf(String(valueType));
      return Object.fromEntries(
        Object.entries(map).map(([key, value]) => [key, element.fromValue(value)]),
      );
    }
    case 'enum':
      return wordReader(options['list'] as readonly string[]).fromText(text);
    default:
      return readerOf(type).fromText(text);
  }
}

function arrayOf(text: string, valueType: unknown): unknown {
  const element = valueType === undefined ? anything : readerOf(String(valueType));
  return arrayReader(element).fromText(text);
}

const anything: Reader<unknown> = {
  type: 'anything',
  schema: {},
  fromText: (text) => text,
  fromValue: (value) => value,
};

const integers: Reader<number | bigint> = {
  type: 'integer',
  schema: {},
  fromText: parseInteger,
  fromValue: (value) => parseInteger(String(value)),
};

function readerOf(type: string): Reader<unknown> {
  const readers: { readonly [type: string]: Reader<unknown> } = {
    size: sizeReader,
    bool: booleanReader,
    float: floatReader,
    string: textReader,
    symbol: textReader,
    regexp: regexpReader,
    integer: integers,
  };
  const reader = readers[type];
  assert(reader !== undefined, `no reader for ${type}`);
  return reader;
}

/** Values that JSON cannot say, as the suite says them. A regular expression is shown as it was written. */
function describe(text: string, value: unknown): unknown {
  if (value instanceof RegExp) return describeRegexp(text);
  if (Array.isArray(value) && value.some((each) => each instanceof RegExp)) {
    return text.split(',').map((part) => describeRegexp(part.trim()));
  }
  return typeof value === 'number' && !Number.isFinite(value) ? { $float: String(value) } : value;
}

function describeRegexp(text: string): unknown {
  const { source, flags } = splitRegexp(text);
  return { $regexp: source, $options: flags };
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
