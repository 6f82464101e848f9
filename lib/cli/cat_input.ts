import { readEntry } from '../codec/entry_codec.ts';
import { parseJsonDocuments } from '../codec/json.ts';
import { LineSplitter } from '../codec/lines.ts';
import { MsgpackReader } from '../codec/msgpack_reader.ts';
import { MsgpackSplitter } from '../codec/msgpack_splitter.ts';
import { MillraceError } from '../error.ts';
import { type Entry, type EventRecord, type EventValue, isRecord } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';

/** The formats that `cat` reads. */
export type CatFormat = 'json' | 'none' | 'msgpack';

const longestRecordBytes = 64 * 1024 * 1024;

/** A record, with the time that came with it if one did. */
export interface ReadRecord {
  readonly time?: EventTime;
  readonly record: EventRecord;
}

/** Makes records of bytes as they come; what is no record is told to `onFault` and left out. */
export interface RecordReader {
  read(chunk: Uint8Array): ReadRecord[];
  /** What is left when the bytes have ended. */
  finish(): ReadRecord[];
}

/** The reader of a format. With `none`, a line becomes the field `messageKey`. */
export function recordReader(
  format: CatFormat,
  messageKey: string,
  onFault: (message: string) => void,
): RecordReader {
  if (format === 'msgpack') return msgpackReader(onFault);
  let number = 0;
  return lineReader((line) => {
    number += 1;
    if (format === 'none') return [{ record: { [messageKey]: line } }];
    try {
      return parseJsonDocuments(line).map((value) => ({ record: asRecord(value) }));
    } catch (thrown) {
      onFault(`line ${number}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return [];
    }
  });
}

function lineReader(recordsOf: (line: string) => ReadRecord[]): RecordReader {
  const splitter = new LineSplitter();
  return {
    read(chunk) {
      splitter.push(chunk);
      const records: ReadRecord[] = [];
      for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
        records.push(...recordsOf(line.toString()));
      }
      return records;
    },
    finish() {
      const rest = splitter.rest();
      return rest === undefined ? [] : recordsOf(rest.toString());
    },
  };
}

function msgpackReader(onFault: (message: string) => void): RecordReader {
  const splitter = new MsgpackSplitter(longestRecordBytes);
  const reader = new MsgpackReader();
  return {
    read(chunk) {
      splitter.push(chunk);
      const records: ReadRecord[] = [];
      for (let value = splitter.next(); value !== undefined; value = splitter.next()) {
        reader.open(value);
        try {
          records.push(
            isArray(value) ? asEntry(readEntry(reader)) : { record: asRecord(reader.value()) },
          );
        } catch (thrown) {
          onFault(thrown instanceof Error ? thrown.message : String(thrown));
        }
      }
      return records;
    },
    finish() {
      if (!splitter.isBetweenValues) onFault('the input ends within a MessagePack value');
      return [];
    },
  };
}

/** Whether a MessagePack value is an array: an entry with its time, as in dumps of chunks. */
function isArray([lead = 0]: Uint8Array): boolean {
  return (lead >= 0x90 && lead < 0xa0) || lead === 0xdc || lead === 0xdd;
}

function asEntry(entry: Entry | undefined): Entry {
  if (entry !== undefined) return entry;
  throw new MillraceError('MR_EVENT', 'expected a map of fields, or a time and a map');
}

function asRecord(value: EventValue): EventRecord {
  if (isRecord(value)) return value;
  throw new MillraceError('MR_EVENT', 'expected a map of fields');
}
