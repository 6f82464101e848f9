import { crc32 } from 'node:zlib';
import { MsgpackReader } from '../codec/msgpack_reader.ts';
import { MsgpackWriter } from '../codec/msgpack_writer.ts';
import { IntervalSet } from '../event/interval_set.ts';
import type { EpochState, OriginTable, PartialBatch } from './origin_table.ts';

/*
 * What a table remembers, as it is saved before chunks are deleted:
 *
 *     [u32 'MRO1'][u32 crc32(rest)][rest]
 *
 * The rest is one MessagePack value after another: a source, the number of its epochs, and for each of them
 * epoch, low, [begin, end, begin, end, ...], [[begin, end, parts, part...], ...] of partial batches.
 */

const magic = 0x4d524f31;
const headBytes = 8;
const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** The bytes of a snapshot of `table` as it is now. */
export function encodeOrigins(table: OriginTable): Uint8Array {
  writer.clear();
  writer.raw(Buffer.alloc(headBytes));
  for (const [source, epochs] of table.sources) {
    writer.text(source);
    writer.number(epochs.size);
    for (const [epoch, { low, stored, partials }] of epochs) {
      writer.number(epoch);
      writer.number(low);
      writer.value(stored.bounds);
      writer.arrayHeader(partials.size);
      for (const { begin, end, parts, have } of partials.values()) {
        writer.value([begin, end, parts, ...have]);
      }
    }
  }
  const bytes = writer.take();
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  view.writeUInt32BE(magic, 0);
  view.writeUInt32BE(crc32(view.subarray(headBytes)), 4);
  return bytes;
}

/** Puts a snapshot back into `table`; false when its bytes are damaged, and nothing was put back. */
export function restoreOrigins(table: OriginTable, bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < headBytes || view.readUInt32BE(0) !== magic) return false;
  if (view.readUInt32BE(4) !== crc32(view.subarray(headBytes))) return false;
  reader.open(view, headBytes);
  while (!reader.isAtEnd) {
    const source = String(reader.value());
    for (let left = Number(reader.value()); left > 0; left -= 1) {
      const epoch = Number(reader.value());
      table.restore(source, epoch, readEpoch());
    }
  }
  return true;
}

function readEpoch(): EpochState {
  const low = Number(reader.value());
  const stored = new IntervalSet(asNumbers(reader.value()));
  const partials = new Map<string, PartialBatch>();
  const list = reader.value();
  for (const each of Array.isArray(list) ? list : []) {
    const [begin = 0, end = 0, parts = 0, ...have] = asNumbers(each);
    partials.set(`${begin}-${end}`, { begin, end, parts, have: new Set(have) });
  }
  return { low, stored, partials };
}

function asNumbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}
