import { MillraceError, toError } from '../error.ts';
import { type EventRecord, type EventValue, isRecord } from '../event/entry.ts';
import type { Form } from './form.ts';
import { parseJson } from './json.ts';
import { MsgpackReader } from './msgpack_reader.ts';
import { decodeUtf8 } from './text.ts';

/**
 * The records in the fields of a request: `msgpack`, `json` or `ndjson`, the first of them that is there.
 * A list stands for the records in it.
 * @throws MR_CODEC when there is no such field, or anything in it that is no record
 */
export function recordsOf(fields: Form): EventRecord[] {
  const msgpack = fields.get('msgpack');
  if (msgpack !== undefined) return recordsIn(readMsgpack(msgpack), 'MessagePack');
  const json = fields.get('json');
  if (json !== undefined) return recordsIn([parseJson(textOf(json))], 'JSON');
  const ndjson = fields.get('ndjson');
  if (ndjson !== undefined) return recordsIn(readLines(textOf(ndjson)), 'JSON');
  throw new MillraceError('MR_CODEC', "'json', 'ndjson' or 'msgpack' parameter is required");
}

function textOf(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (typeof text === 'string') return text;
  throw new MillraceError('MR_CODEC', 'not JSON: the text is not UTF-8');
}

function readMsgpack(bytes: Uint8Array): EventValue[] {
  const reader = new MsgpackReader();
  reader.open(bytes);
  const values: EventValue[] = [];
  while (!reader.isAtEnd) values.push(reader.value());
  return values;
}

function readLines(text: string): EventValue[] {
  const values: EventValue[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      values.push(parseJson(line));
    } catch (cause) {
      throw new MillraceError('MR_CODEC', `line ${index + 1}: ${toError(cause).message}`, {
        cause,
      });
    }
  }
  return values;
}

function recordsIn(values: readonly EventValue[], language: string): EventRecord[] {
  const records: EventRecord[] = [];
  for (const value of values) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (!isRecord(each))
        throw new MillraceError('MR_CODEC', `expected a ${language} map or a list of maps`);
      records.push(each);
    }
  }
  return records;
}
