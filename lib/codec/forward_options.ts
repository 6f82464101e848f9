import { type EventValue, getField, isRecord } from '../event/entry.ts';
import type { Origin } from '../event/origin.ts';
import type { MsgpackReader } from './msgpack_reader.ts';
import { skipValue } from './msgpack_scanner.ts';
import type { MsgpackWriter } from './msgpack_writer.ts';

/** What comes with the events of a frame. */
export interface ForwardOptions {
  /** What the sender wants acknowledged: a MessagePack value, byte for byte as it came. */
  readonly chunk?: Uint8Array | undefined;
  /** How many entries there are, as far as the sender says. */
  readonly size?: number | undefined;
  /** The name of a compression, for packed entries that are compressed. */
  readonly compressed?: string | undefined;
  readonly origin?: Origin | undefined;
}

const longestSource = 255;

/** Reads the options of a frame, which begin where the reader is; what is no map has none. */
export function readOptions(reader: MsgpackReader, buffer: Buffer): ForwardOptions {
  const length = reader.mapLength();
  let chunk: Uint8Array | undefined;
  let size: number | undefined;
  let compressed: string | undefined;
  let origin: Origin | undefined;
  for (let left = length; left > 0; left -= 1) {
    const key = reader.value();
    if (key === 'chunk') {
      const start = reader.offset;
      reader.offset = skipValue(buffer, start, buffer.length);
      const lead = buffer[start];
      const isAbsent = lead === 0xc0 || lead === 0xc2;
      chunk = isAbsent ? undefined : buffer.subarray(start, reader.offset);
      continue;
    }
    const value = reader.value();
    if (key === 'size' && typeof value === 'number') size = value;
    else if (key === 'compressed') compressed = value === null ? undefined : String(value);
    else if (key === 'millrace') origin = readOrigin(value);
  }
  return { chunk, size, compressed, origin };
}

/** Writes the options of a frame with log events. */
export function writeOptions(writer: MsgpackWriter, options: ForwardOptions): void {
  const { chunk, size, compressed, origin } = options;
  const optional = [size, chunk, compressed, origin].filter((each) => each !== undefined);
  writer.mapHeader(optional.length + 1);
  if (size !== undefined) {
    writer.text('size');
    writer.number(size);
  }
  if (chunk !== undefined) {
    writer.text('chunk');
    writer.raw(chunk);
  }
  if (compressed !== undefined) {
    writer.text('compressed');
    writer.text(compressed);
  }
  if (origin !== undefined) {
    const { source, epoch, begin, end, low } = origin;
    writer.text('millrace');
    writer.record({ source, epoch, begin, end, low });
  }
  writer.text('fluent_signal');
  writer.number(0);
}

/** An origin that was sent to us; undefined unless it is sound, since a store will trust it. */
function readOrigin(value: EventValue): Origin | undefined {
  if (!isRecord(value)) return undefined;
  const source = getField(value, 'source');
  const epoch = getField(value, 'epoch');
  const begin = getField(value, 'begin');
  const end = getField(value, 'end');
  const low = getField(value, 'low');
  if (typeof source !== 'string' || source === '') return undefined;
  if (Buffer.byteLength(source) > longestSource) return undefined;
  if (!isPosition(epoch) || !isPosition(begin) || !isPosition(end) || !isPosition(low)) {
    return undefined;
  }
  return begin < end && low <= begin ? { source, epoch, begin, end, low } : undefined;
}

function isPosition(value: EventValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
