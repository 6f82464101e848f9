import type { LentBytes } from '../codec/byte_pool.ts';
import { asBuffer } from '../codec/bytes.ts';
import { decodeEntries, encodeEntries } from '../codec/entry_codec.ts';
import { cutEntries, type EntryPart } from '../codec/entry_parts.ts';
import type { ForwardOptions } from '../codec/forward_options.ts';
import { gzip } from '../codec/gzip.ts';
import { zstd } from '../codec/zstd.ts';
import { type Agent, positionsPerChunk, type RelayedStamp } from '../event/agent.ts';
import type { Origin, SourcePart } from '../event/origin.ts';
import type { Parcel } from './forward_link.ts';

/** A chunk on its way out. */
export interface Consignment {
  /** 16 bytes as hex digits. */
  readonly id: string;
  readonly tag: string;
  readonly count: number;
  /** Length of its content where it lies. */
  readonly sizeBytes: number;
  readonly origin: Origin | undefined;
  readonly createdMs: number;
  /** Where its events came from, as far as is known. */
  sources?(): readonly SourcePart[];
  /** Packed entries; each piece ends between entries. */
  bytes(): AsyncIterable<Uint8Array>;
  /** The same in memory that is used again, if the chunk can give it so. */
  lent?(): AsyncIterable<LentBytes>;
  /** The same as it lies in the buffer, each piece a gzip member if it is compressed. */
  stored?(): AsyncIterable<{ readonly bytes: Uint8Array; readonly isCompressed: boolean }>;
}

/** How a chunk is put on the wire. */
export interface Packing {
  readonly timeAsInteger: boolean;
  /** `text` is not at all. */
  readonly compression: 'text' | 'gzip' | 'zstd';
  readonly requiresAck: boolean;
  /** Who sends it, for receivers that keep account; undefined: they are not told. */
  readonly sender: PackingSender | undefined;
}

/** What receivers are told of the sender. */
export interface PackingSender {
  /** Of a source, when the process has no id of its own: the source is then as good as one. */
  readonly agentOf: (source: string) => Agent;
  /** What agents said of events that came from a source. */
  readonly stampsOf: (
    events: Pick<RelayedStamp, 'origin' | 'count' | 'part' | 'parts'>,
  ) => readonly RelayedStamp[];
  /** Among so many receivers chunks are shared out. */
  readonly receivers: () => number;
  readonly nowMs: () => number;
}

/** One frame of a chunk. */
export interface NumberedParcel extends Parcel {
  readonly index: number;
  /** Called once it is delivered: its bytes may change then. */
  readonly release?: (() => void) | undefined;
}

/**
 * A receiver holds a whole frame in memory, and some refuse more than 6 MB. Origins stand for the frames that this makes:
 * with another size, what was half sent before would be half known to its receiver by other frames.
 */
const frameBytes = 4 * 1024 * 1024;

/**
 * Makes the frames of a chunk, 4 MiB each at most, unless one event is longer. The same chunk makes the same frames with the same names and
 * origins whenever it is sent, so that a receiver can tell each that comes again.
 */
export async function* parcelsOf(
  chunk: Consignment,
  packing: Packing,
): AsyncGenerator<NumberedParcel, void, undefined> {
  const members = await storedMembers(chunk, packing);
  if (members !== undefined) {
    yield parcelOf(chunk, packing, { index: 0, isLast: true, pieces: members });
    return;
  }
  const isAsStored = !packing.timeAsInteger && packing.compression === 'text';
  for await (const part of cutEntries(chunk.lent?.() ?? piecesOf(chunk), frameBytes)) {
    const { index, isLast } = part;
    const release = (): void => part.release();
    if (isAsStored) {
      yield parcelOf(chunk, packing, { index, isLast, pieces: part.pieces, release });
      continue;
    }
    const pieces = await packPieces(part.pieces, packing);
    release();
    yield parcelOf(chunk, packing, { index, isLast, pieces });
  }
}

async function* piecesOf(chunk: Consignment): AsyncGenerator<LentBytes, void, undefined> {
  for await (const bytes of chunk.bytes()) yield { bytes };
}

type PackedPart = Omit<EntryPart, 'release'> & Pick<NumberedParcel, 'release'>;

function parcelOf(chunk: Consignment, packing: Packing, part: PackedPart): NumberedParcel {
  const { index, isLast, pieces, release } = part;
  return {
    index,
    release,
    tag: chunk.tag,
    sizeBytes: pieces.reduce((sum, piece) => sum + piece.length, 0),
    pieces,
    options: {
      // How many entries there are in a part is not known without counting; receivers do not need it.
      size: index === 0 && isLast ? chunk.count : undefined,
      compressed: packing.compression === 'text' ? undefined : packing.compression,
      ...stampOf(chunk, part, packing.sender),
    },
    chunk: packing.requiresAck ? frameName(chunk.id, index) : undefined,
  };
}

/**
 * The content of a chunk that lies in the buffer as gzip members and can go out as they are: in one frame, which
 * must be the same frame that the entries would make, however the chunk is sent the next time.
 */
async function storedMembers(
  chunk: Consignment,
  packing: Packing,
): Promise<readonly Uint8Array[] | undefined> {
  if (packing.compression !== 'gzip' || packing.timeAsInteger) return undefined;
  if (chunk.stored === undefined || chunk.sizeBytes > frameBytes) return undefined;
  const members: Uint8Array[] = [];
  let contentBytes = 0;
  for await (const { bytes, isCompressed } of chunk.stored()) {
    if (!isCompressed) return undefined;
    // A member ends with the length of its content.
    contentBytes += asBuffer(bytes).readUInt32LE(bytes.length - 4);
    if (contentBytes > frameBytes) return undefined;
    members.push(bytes);
  }
  return members.length > 0 ? members : undefined;
}

async function packPieces(
  pieces: readonly Uint8Array[],
  packing: Packing,
): Promise<readonly Uint8Array[]> {
  const { timeAsInteger, compression } = packing;
  const timed = timeAsInteger
    ? pieces.map((piece) => encodeEntries(decodeEntries(piece), { timeAsInteger: true }))
    : pieces;
  // Each piece becomes a member or frame of its own; several one after another are as good as one.
  if (compression === 'gzip') return Promise.all(timed.map((piece) => gzip(piece)));
  return compression === 'zstd' ? Promise.all(timed.map(zstd)) : timed;
}

/** The origin of a frame and, when there is one, who sends it. */
function stampOf(
  chunk: Consignment,
  part: Pick<EntryPart, 'index' | 'isLast'>,
  sender: PackingSender | undefined,
): Pick<ForwardOptions, 'origin' | 'stamp' | 'relayed'> {
  const origin = partOrigin(chunk.origin, part);
  if (origin === undefined || sender === undefined) return { origin };
  const agent = sender.agentOf(origin.source);
  const ageMs = Math.max(0, sender.nowMs() - chunk.createdMs);
  const stamp = { agent, origin, receivers: sender.receivers(), ageMs };
  // The last frame tells what all of the chunk is: by then the others are on their way.
  return { origin, stamp, relayed: part.isLast ? relayedIn(chunk, ageMs, sender) : undefined };
}

/** What agents said of events in the chunk. */
function relayedIn(
  chunk: Consignment,
  ageMs: number,
  sender: PackingSender,
): readonly RelayedStamp[] | undefined {
  const relayed = (chunk.sources?.() ?? []).flatMap(({ count, part, parts, ...origin }) =>
    sender
      .stampsOf({ origin, count, part, parts })
      .map((stamp) => ({ ...stamp, ageMs: stamp.ageMs + ageMs })),
  );
  return relayed.length === 0 ? undefined : relayed;
}

/**
 * The origin of one frame: the chunk's positions are divided finely, frame i takes the i-th division and the last
 * one all that are left, so that the frames together make up the chunk.
 */
function partOrigin(
  origin: Origin | undefined,
  part: Pick<EntryPart, 'index' | 'isLast'>,
): Origin | undefined {
  if (origin === undefined || !Number.isSafeInteger(origin.end * positionsPerChunk))
    return undefined;
  const begin = origin.begin * positionsPerChunk + part.index;
  const end = part.isLast ? origin.end * positionsPerChunk : begin + 1;
  return { ...origin, begin, end, low: origin.low * positionsPerChunk };
}

/** The name of a frame for its ack: the chunk's id as Fluentd writes it, the frame's number mixed in. */
function frameName(id: string, index: number): string {
  const bytes = Buffer.from(id, 'hex');
  bytes.writeUInt32BE((bytes.readUInt32BE(12) ^ index) >>> 0, 12);
  return bytes.toString('base64');
}
