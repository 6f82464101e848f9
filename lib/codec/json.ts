import { MillraceError, toError } from '../error.ts';
import type { EventRecord, EventValue } from '../event/entry.ts';
import { nestedTooDeeply, parseExactly, stripComments } from './json_exact.ts';
import { JsonSplitter } from './json_splitter.ts';
import { depthLimit } from './msgpack_scanner.ts';

/**
 * Reads one JSON value: integers exactly (bigint from 2^53 on), `__proto__` as a field. Comments are passed
 * over, since Fluentd's parser does so.
 * @throws MR_CODEC when the text is not JSON, is nested too deeply, or has a number beyond all floats
 */
export function parseJson(text: string): EventValue {
  let source = text;
  let value: EventValue;
  try {
    value = JSON.parse(source);
  } catch (error) {
    if (!source.includes('/')) throw notJson(error);
    source = stripComments(source);
    value = parseWithoutComments(source);
  }
  return isExact(value, 0) ? value : parseExactly(source);
}

/**
 * Reads the values of a text one after another, each on a line of its own or not: `{"a":1}{"b":2}`.
 * @throws MR_CODEC when a value is not JSON, or the last one is not complete
 */
export function parseJsonDocuments(text: string): EventValue[] {
  const values: EventValue[] = [];
  for (let at = 0; at < text.length; ) {
    const feed = text.indexOf('\n', at);
    const end = feed === -1 ? text.length : feed;
    const line = text.slice(at, end);
    const value = /\S/.test(line) ? tryParse(line) : null;
    if (value === undefined) return values.concat(splitDocuments(text.slice(at)));
    if (value !== null) values.push(value.parsed);
    at = end + 1;
  }
  return values;
}

function tryParse(line: string): { readonly parsed: EventValue } | undefined {
  try {
    return { parsed: parseJson(line) };
  } catch {
    // Not one value a line: then the values are found by their brackets.
    return undefined;
  }
}

function splitDocuments(text: string): EventValue[] {
  const splitter = new JsonSplitter();
  const values: EventValue[] = [];
  splitter.push(Buffer.from(text));
  for (let document = splitter.next(); document !== undefined; document = splitter.next()) {
    values.push(parseJson(document.toString()));
  }
  const last = splitter.finish();
  if (last !== undefined) values.push(parseJson(last.toString()));
  return values;
}

function parseWithoutComments(source: string): EventValue {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw notJson(error);
  }
}

function notJson(error: unknown): MillraceError {
  return new MillraceError('MR_CODEC', `not JSON: ${toError(error).message}`, { cause: error });
}

const unsafe = 2 ** 53;

/** Whether no number may have lost digits, or its being an integer (-0). Costs a tenth of the parsing. */
function isExact(value: unknown, depth: number): boolean {
  if (typeof value === 'number') {
    return value < unsafe && value > -unsafe && (value !== 0 || 1 / value > 0);
  }
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= depthLimit) throw nestedTooDeeply();
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      if (!isExact(value[index], depth + 1)) return false;
    }
    return true;
  }
  // What JSON.parse gives is a record when it is nothing else.
  const record = value as EventRecord;
  for (const key in record) if (!isExact(record[key], depth + 1)) return false;
  return true;
}
