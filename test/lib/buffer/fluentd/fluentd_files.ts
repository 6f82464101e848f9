import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '@msgpack/msgpack';
import { encodeEntries } from '../../../../lib/codec/entry_codec.ts';
import { entry } from '../rig.ts';

/** What a chunk of Fluentd is made of; what is absent is as Fluentd has it for a buffer keyed by tag. */
export interface FluentdFile {
  readonly state?: 'b' | 'q';
  readonly content?: Uint8Array;
  readonly tag?: string | null;
  readonly timekey?: number | null;
  readonly variables?: { readonly [field: string]: unknown } | null;
  readonly count?: number;
  readonly createdSec?: number;
  readonly modifiedSec?: number;
  readonly hasMeta?: boolean;
  /** With `*` where state and id go. */
  readonly pattern?: string;
}

/** An id as Fluentd makes them: 32 hex digits. */
export function idOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** Packed entries `{ n }`, from one number up to, not including, another. */
export function packed(from: number, to: number): Uint8Array {
  return encodeEntries(Array.from({ length: to - from }, (_, index) => entry(from + index)));
}

/** Writes the files of a chunk as Fluentd does; gives the path of the chunk. */
export function writeChunk(folder: string, number: number, file: FluentdFile = {}): string {
  const { state = 'q', pattern = 'buffer.*.log', hasMeta = true } = file;
  const id = idOf(number);
  const path = join(folder, pattern.replace('*', `${state}${id}`));
  writeFileSync(path, file.content ?? packed(number * 10, number * 10 + 3));
  if (hasMeta) writeFileSync(`${path}.meta`, metaBytes(id, number, file));
  return path;
}

function metaBytes(id: string, number: number, file: FluentdFile): Buffer {
  const map = encode({
    timekey: file.timekey ?? null,
    tag: file.tag === undefined ? 'a' : file.tag,
    variables: file.variables ?? null,
    seq: 0,
    id: Buffer.from(id, 'hex'),
    s: file.count ?? 3,
    c: file.createdSec ?? 1_700_000_000 + number,
    m: file.modifiedSec ?? 1_700_000_000 + number,
  });
  const header = Buffer.alloc(6);
  header.writeUInt16BE(0xc100, 0);
  header.writeUInt32BE(map.length, 2);
  return Buffer.concat([header, map]);
}
