import type { RelayedStamp, Stamp } from '../event/agent.ts';
import type { Entry, EventRecord } from '../event/entry.ts';
import type { Origin } from '../event/origin.ts';
import type { EventTime } from '../event/time.ts';
import type { Loan } from './byte_pool.ts';
import {
  encodeEntries,
  isPlainEvent,
  isZeroTime,
  readEntry,
  readTime,
  scanEntries,
} from './entry_codec.ts';
import type { ForwardFrame } from './forward.ts';
import { MsgpackReader } from './msgpack_reader.ts';

/** What is done to the events of a connection's frames before they are batches. */
export interface CollectRules {
  /** The tag of a batch, of the tag in the frame; undefined: the events have no tag and are invalid. */
  readonly retag: (tag: string | undefined) => string | undefined;
  /** What each record becomes; absent when records stay as they are. */
  readonly changeRecord?: ((record: EventRecord) => EventRecord) | undefined;
  /** The time of an event that came with none, or with 0 seconds. */
  readonly now: () => EventTime;
  /** A time that is a float is taken; else it makes the event invalid, as does no time at all. */
  readonly takesFloatTimes: boolean;
  /** A message whose event is invalid is acknowledged: it would be invalid again. */
  readonly acksInvalid: boolean;
  /** Entries of a frame that take more once they are decoded are an error, however short they are. */
  readonly decodedLimitBytes: number;
}

/** Packed entries of one tag that become one batch, and the chunks to acknowledge when it is settled. */
export interface CollectedBatch {
  readonly tag: string;
  readonly packed: Uint8Array;
  readonly count: number;
  readonly chunks: readonly Uint8Array[];
  readonly origin: Origin | undefined;
  /** Of the one frame with it. */
  readonly stamp: Stamp | undefined;
  readonly relayed: readonly RelayedStamp[];
  /** Gives `packed` back, where it is in memory that is used again. `chunks` may be there too. */
  readonly loan: Pick<Loan, 'release'> | undefined;
}

/** Entries beyond this many bytes make a batch of their own, which needs no copy. */
const joinedBytes = 16 * 1024;
const entryLead = 0x92;

/** Gathers the frames of one read of a connection into as few batches as the order within each tag allows. */
export class ForwardCollector {
  private readonly rules: CollectRules;
  private readonly reader = new MsgpackReader();
  private readonly open = new Map<string, OpenBatch>();
  private batches: OpenBatch[] = [];
  private chunks: Uint8Array[] = [];
  private emptyStamps: Stamp[] = [];
  private invalid = 0;
  private bytes = 0;

  constructor(rules: CollectRules) {
    this.rules = rules;
  }

  /**
   * Adds the events of a frame, which must not be compressed any more; all of them or, on an error, none. `loan`
   * gives the memory back in which the frame is.
   * @throws MR_CODEC when its entries are not whole MessagePack
   */
  add(frame: ForwardFrame, loan?: Pick<Loan, 'release'>): void {
    const { chunk, origin, stamp, relayed = [] } = frame.options;
    const tag = this.rules.retag(frame.tag);
    const part = tag === undefined ? this.refuse(frame) : this.partOf(frame);
    if (tag === undefined || part.count === 0) {
      if (chunk !== undefined && (this.rules.acksInvalid || frame.mode !== 'message')) {
        this.chunks.push(chunk);
      }
      if (stamp !== undefined) this.emptyStamps.push(stamp);
      return;
    }
    const batch = this.batchFor(tag, part, { origin, stamp, relayed });
    batch.parts.push(part);
    if (part.bytes === frame.body) batch.loan = loan;
    batch.count += part.count;
    batch.sizeBytes += part.sizeBytes;
    this.bytes = this.bytes + part.sizeBytes;
    if (chunk !== undefined) batch.chunks.push(chunk);
  }

  /** Bytes of the batches that were not taken yet. */
  get pendingBytes(): number {
    return this.bytes;
  }

  /** The batches of the frames added since the last time, in the order of their first frames. */
  takeBatches(): CollectedBatch[] {
    const { batches } = this;
    this.batches = [];
    this.open.clear();
    this.bytes = 0;
    return batches.map(closeBatch);
  }

  /** Chunks of frames that hold no event to store: they can be acknowledged at once. */
  takeEmptyChunks(): readonly Uint8Array[] {
    const { chunks } = this;
    this.chunks = [];
    return chunks;
  }

  /** Stamps of frames that hold no event to store. */
  takeEmptyStamps(): readonly Stamp[] {
    const { emptyStamps } = this;
    this.emptyStamps = [];
    return emptyStamps;
  }

  /** How many invalid events were left out since the last time. */
  takeInvalidCount(): number {
    const { invalid } = this;
    this.invalid = 0;
    return invalid;
  }

  private refuse(frame: ForwardFrame): Part {
    const { count } =
      frame.mode === 'message'
        ? { count: 1 }
        : scanEntries(frame.body, this.rules.decodedLimitBytes);
    this.invalid = this.invalid + count;
    return { bytes: frame.body, isMessage: false, count: 0, sizeBytes: 0 };
  }

  private partOf(frame: ForwardFrame): Part {
    const { body, mode } = frame;
    const isKept = this.rules.changeRecord === undefined;
    if (mode === 'message') {
      if (isKept && isPlainEvent(body, 0) && !isZeroTime(body, 0)) {
        return { bytes: body, isMessage: true, count: 1, sizeBytes: body.length + 1 };
      }
    } else {
      const { count, isPlain, hasZeroTime } = scanEntries(body, this.rules.decodedLimitBytes);
      if (isKept && isPlain && (mode === 'packed' || !hasZeroTime)) {
        return { bytes: body, isMessage: false, count, sizeBytes: body.length };
      }
    }
    return this.rewrite(frame);
  }

  /** Decodes the events one by one, leaves the invalid ones out, fills in times and changes records. */
  private rewrite(frame: ForwardFrame): Part {
    const found = { valid: 0, invalid: 0 };
    const bytes = encodeEntries(this.validEntries(frame, found));
    this.invalid = this.invalid + found.invalid;
    return { bytes, isMessage: false, count: found.valid, sizeBytes: bytes.length };
  }

  private *validEntries(
    frame: ForwardFrame,
    found: { valid: number; invalid: number },
  ): Iterable<Entry> {
    const { reader, rules } = this;
    reader.open(frame.body);
    while (!reader.isAtEnd) {
      const entry = frame.mode === 'message' ? this.readMessage() : this.readForward(frame.mode);
      if (entry === undefined) {
        found.invalid += 1;
        continue;
      }
      found.valid += 1;
      if (rules.changeRecord === undefined) yield entry;
      else yield { time: entry.time, record: rules.changeRecord(entry.record) };
    }
  }

  private readMessage(): Entry | undefined {
    const { reader } = this;
    const time = this.readTime('message');
    const record = reader.record();
    if (record === undefined) reader.value();
    return time === undefined || record === undefined ? undefined : { time, record };
  }

  private readForward(mode: ForwardFrame['mode']): Entry | undefined {
    return readEntry(this.reader, () => this.readTime(mode));
  }

  private readTime(mode: ForwardFrame['mode']): EventTime | undefined {
    const { reader, rules } = this;
    const lead = reader.peek();
    const isFloat = lead === 0xca || lead === 0xcb;
    const isAbsent = lead === 0xc0;
    const time = readTime(reader);
    if (!rules.takesFloatTimes && (isFloat || isAbsent)) return undefined;
    if (isAbsent) return rules.now();
    const isZero = time?.sec === 0 && !isFloat && mode !== 'packed';
    return isZero ? rules.now() : time;
  }

  /** The batch that a part joins: the tag's last one if both are small and neither has an origin. */
  private batchFor(tag: string, part: Part, told: Told): OpenBatch {
    const last = this.open.get(tag);
    const isAlone = told.origin !== undefined || part.sizeBytes > joinedBytes;
    if (last !== undefined && !isAlone) return last;
    const batch = new OpenBatch(tag, told);
    this.batches.push(batch);
    if (isAlone) this.open.delete(tag);
    else this.open.set(tag, batch);
    return batch;
  }
}

interface Part {
  readonly bytes: Uint8Array;
  /** Whether the bytes are a time and a record that lack the lead byte of an entry. */
  readonly isMessage: boolean;
  readonly count: number;
  readonly sizeBytes: number;
}

/** What a frame says of its events besides their tag. */
type Told = Pick<CollectedBatch, 'origin' | 'stamp' | 'relayed'>;

class OpenBatch {
  readonly tag: string;
  readonly told: Told;
  readonly parts: Part[] = [];
  readonly chunks: Uint8Array[] = [];
  count = 0;
  sizeBytes = 0;
  /** Of the last part. */
  loan: Pick<Loan, 'release'> | undefined;

  constructor(tag: string, told: Told) {
    this.tag = tag;
    this.told = told;
  }
}

/** Field by field: copies by `...` took a hundredth of a relay's work. */
function closeBatch(batch: OpenBatch): CollectedBatch {
  const { tag, count, chunks, parts } = batch;
  const { origin, stamp, relayed } = batch.told;
  const [first] = parts;
  const isWhole = first !== undefined && parts.length === 1 && !first.isMessage;
  const packed = isWhole ? first.bytes : joinParts(batch);
  const loan = isWhole ? batch.loan : undefined;
  return { tag, packed, count, chunks, origin, stamp, relayed, loan };
}

function joinParts({ parts, sizeBytes }: OpenBatch): Uint8Array {
  const packed = Buffer.allocUnsafe(sizeBytes);
  let position = 0;
  for (const { bytes, isMessage } of parts) {
    if (isMessage) packed[position++] = entryLead;
    packed.set(bytes, position);
    position += bytes.length;
  }
  return packed;
}
