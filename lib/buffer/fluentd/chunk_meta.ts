import { MsgpackReader } from '../../codec/msgpack_reader.ts';
import { type EventRecord, type EventValue, getField, isRecord } from '../../event/entry.ts';
import type { KeyValues } from '../store/chunk_head.ts';

/*
 * Metadata of a chunk of Fluentd:
 *
 *     [c1 00][u32 length][map]      the file is rewritten in place and not cut: what follows the map is older
 *     [map]                         before Fluentd 1.10
 *
 * The map has the keys timekey, tag, variables, seq, id, s (events), c (created) and m (modified), in seconds.
 */

/** What Fluentd noted beside a chunk. */
export interface FluentdMeta {
  readonly key: KeyValues;
  /** How many events it has, as of the last complete write. */
  readonly count: number | undefined;
  readonly createdMs: number | undefined;
  readonly modifiedMs: number | undefined;
}

const reader = new MsgpackReader();
const headerBytes = 6;

/** The metadata that these bytes are; undefined when they are damaged or none. */
export function decodeFluentdMeta(bytes: Buffer): FluentdMeta | undefined {
  const map = decodeMap(bytes);
  if (map === undefined) return undefined;
  const tag = getField(map, 'tag');
  const timekey = getField(map, 'timekey');
  const variables = getField(map, 'variables');
  return {
    key: {
      tag: typeof tag === 'string' ? tag : undefined,
      timekey: typeof timekey === 'number' ? timekey : undefined,
      variables: new Map(isRecord(variables) ? Object.entries(variables) : []),
    },
    count: numberAt(map, 's'),
    createdMs: milliseconds(numberAt(map, 'c')),
    modifiedMs: milliseconds(numberAt(map, 'm')),
  };
}

function decodeMap(bytes: Buffer): EventRecord | undefined {
  let value: EventValue;
  try {
    const hasHeader = bytes.length >= headerBytes && bytes.readUInt16BE(0) === 0xc100;
    if (hasHeader) {
      const length = bytes.readUInt32BE(2);
      reader.open(bytes, headerBytes, Math.min(bytes.length, headerBytes + length));
    } else reader.open(bytes);
    value = reader.value();
  } catch {
    return undefined; // half of it was written
  }
  return isRecord(value) ? value : undefined;
}

function numberAt(map: EventRecord, key: string): number | undefined {
  const value = getField(map, key);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
