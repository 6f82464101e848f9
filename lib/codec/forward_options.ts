import type { Agent, RelayedStamp, Stamp } from '../event/agent.ts';
import { type EventRecord, type EventValue, getField, isRecord } from '../event/entry.ts';
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
  /** What a Millrace agent says of itself and of the events; its origin is `origin`. */
  readonly stamp?: Stamp | undefined;
  /** What agents said of events in it before the sender had them. */
  readonly relayed?: readonly RelayedStamp[] | undefined;
}

const longestSource = 255;
const longestAgentId = 64;
const longestName = 255;
const mostLabels = 32;
const mostRelayed = 1000;

/** Reads the options of a frame, which begin where the reader is; what is no map has none. */
export function readOptions(reader: MsgpackReader, buffer: Buffer): ForwardOptions {
  const length = reader.mapLength();
  let chunk: Uint8Array | undefined;
  let size: number | undefined;
  let compressed: string | undefined;
  let origin: Origin | undefined;
  let stamp: Stamp | undefined;
  let relayed: readonly RelayedStamp[] | undefined;
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
    else if (key === 'millrace') {
      origin = readOrigin(value);
      stamp = origin === undefined ? undefined : readStamp(value, origin);
      relayed = readRelayed(value);
    }
  }
  return { chunk, size, compressed, origin, stamp, relayed };
}

/** Writes the options of a frame with log events. */
export function writeOptions(writer: MsgpackWriter, options: ForwardOptions): void {
  const { chunk, size, compressed, stamp, relayed, origin = stamp?.origin } = options;
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
    writer.record({
      source,
      epoch,
      begin,
      end,
      low,
      ...(stamp && stampFields(stamp)),
      ...(relayed && relayedFields(relayed)),
    });
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

function stampFields({ agent, receivers, ageMs }: Stamp): EventRecord {
  const { id, name, version, labels } = agent;
  return {
    agent: { id, name, version, labels: Object.fromEntries(labels) },
    receivers,
    age_ms: Math.round(ageMs),
  };
}

/** By agent, so that each is described once. */
function relayedFields(relayed: readonly RelayedStamp[]): EventRecord {
  const groups = new Map<string, RelayedStamp[]>();
  for (const stamp of relayed) {
    const known = groups.get(stamp.agent.id);
    if (known === undefined) groups.set(stamp.agent.id, [stamp]);
    else known.push(stamp);
  }
  return {
    relayed: [...groups.values()].map((stamps) => ({
      ...(stamps[0] && { ...stampFields(stamps[0]), address: stamps[0].address }),
      stamps: stamps.map(({ origin: { source, epoch, begin, end, low }, part, parts, count }) => [
        ...[source, epoch, begin, end, low, part, parts, count],
      ]),
    })),
  };
}

/** Undefined when there are none; what is not sound is left out. */
function readRelayed(value: EventValue): readonly RelayedStamp[] | undefined {
  const groups = isRecord(value) ? getField(value, 'relayed') : undefined;
  if (!Array.isArray(groups)) return undefined;
  const relayed = groups.flatMap((group) => readRelayedGroup(group));
  return relayed.length > mostRelayed ? undefined : relayed;
}

function readRelayedGroup(group: EventValue): RelayedStamp[] {
  if (!isRecord(group)) return [];
  const list = getField(group, 'stamps');
  const address = getField(group, 'address');
  if (!Array.isArray(list) || list.length > mostRelayed || !isName(address, longestName)) return [];
  return list.flatMap((fields) => {
    if (!Array.isArray(fields)) return [];
    const [source, epoch, begin, end, low, part, parts, count] = fields;
    const origin = readOrigin({ source, epoch, begin, end, low });
    const stamp = origin && readStamp(group, origin);
    if (stamp === undefined || !isPosition(part) || !isPosition(parts)) return [];
    if (!isPosition(count) || part >= parts) return [];
    return [{ ...stamp, part, parts, count, address }];
  });
}

/** What an agent says of itself; undefined when it says nothing, or too much. */
function readStamp(value: EventValue, origin: Origin): Stamp | undefined {
  if (!isRecord(value)) return undefined;
  const agent = readAgent(getField(value, 'agent'));
  const receivers = getField(value, 'receivers');
  const ageMs = getField(value, 'age_ms');
  if (agent === undefined || !isPosition(receivers) || !isPosition(ageMs)) return undefined;
  return { agent, origin, receivers, ageMs };
}

function readAgent(value: EventValue | undefined): Agent | undefined {
  if (!isRecord(value)) return undefined;
  const id = getField(value, 'id');
  const name = getField(value, 'name');
  const version = getField(value, 'version');
  const labels = getField(value, 'labels') ?? {};
  if (!isName(id, longestAgentId) || !isName(name, longestName)) return undefined;
  if (!isName(version, longestName) || !isRecord(labels)) return undefined;
  const pairs = Object.entries(labels);
  if (pairs.length > mostLabels) return undefined;
  const texts = new Map<string, string>();
  for (const [key, text] of pairs) {
    if (!isName(key, longestName) || !isName(text, longestName)) return undefined;
    texts.set(key, text);
  }
  return { id, name, version, labels: texts };
}

/** A text that is not empty, and neither too long nor able to disturb a terminal. */
function isName(value: EventValue | undefined, longest: number): value is string {
  if (typeof value !== 'string' || value === '' || value.length > longest) return false;
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  }
  return true;
}
