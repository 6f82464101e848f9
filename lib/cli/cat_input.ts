import { parseJsonDocuments } from '../codec/json.ts';
import { LineSplitter } from '../codec/lines.ts';
import { MsgpackReader } from '../codec/msgpack_reader.ts';
import { MsgpackSplitter } from '../codec/msgpack_splitter.ts';
import { MillraceError } from '../error.ts';
import { type EventRecord, type EventValue, isRecord } from '../event/entry.ts';

/** The formats that `cat` reads. */
export type CatFormat = 'json' | 'none' | 'msgpack';

const longestRecordBytes = 64 * 1024 * 1024;

/** Makes records of bytes as they come; what is no record is told to `onFault` and left out. */
export interface RecordReader {
  read(chunk: Uint8Array): EventRecord[];
  /** What is left when the bytes have ended. */
  finish(): EventRecord[];
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
    if (format === 'none') return [{ [messageKey]: line }];
    try {
      return parseJsonDocuments(line).map(asRecord);
    } catch (thrown) {
      onFault(`line ${number}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return [];
    }
  });
}

function lineReader(recordsOf: (line: string) => EventRecord[]): RecordReader {
  const splitter = new LineSplitter();
  return {
    read(chunk) {
      splitter.push(chunk);
      const records: EventRecord[] = [];
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
      const records: EventRecord[] = [];
      for (let value = splitter.next(); value !== undefined; value = splitter.next()) {
        reader.open(value);
        try {
          records.push(asRecord(reader.value()));
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

function asRecord(value: EventValue): EventRecord {
  if (isRecord(value)) return value;
  throw new MillraceError('MR_EVENT', 'expected a map of fields');
}
