import type { LentBytes } from '../codec/byte_pool.ts';
import type { LineTable } from '../codec/line_table.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Delivery } from '../event/delivery.ts';
import type { Entry, EventRecord } from '../event/entry.ts';
import type { Origin, SourcePart } from '../event/origin.ts';
import type { EventTime } from '../event/time.ts';
import type { ConstantFields, Memory, UndecodedEntries } from '../event/undecoded.ts';

/**
 * Brings events in. `run` resolves when the input has nothing more to give, or soon after `signal` is
 * aborted: then it reads no more, and waits until what it has emitted is settled if somebody waits for that.
 */
export interface Input {
  run(emit: Emit, signal: AbortSignal): Promise<void>;
}

/** Hands a batch on. Resolves when there is room for the next one and never rejects: how it went is told by the delivery. */
export type Emit = (batch: EventBatch) => Promise<void>;

/** Sends chunks out of the process. */
export interface Output {
  /** Called once before the first `write`; a rejection is retried as a failed write is. */
  open?(signal: AbortSignal): Promise<void>;
  /** Bytes of one entry as they lie in the chunk; without it a chunk holds packed entries. Pure. */
  format?(entry: Entry, tag: string): Uint8Array | string;
  /** What `format` gives for all entries, one after another, without decoding them; undefined where it cannot. */
  readonly formatAll?:
    | ((entries: UndecodedEntries, tag: string, memory?: Memory) => Uint8Array | undefined)
    | undefined;
  /**
   * Resolved = delivered, and the chunk is purged. Thrown = tried again later.
   * @throws PartialFailure when only some entries were refused; Unrecoverable when trying again cannot help
   */
  write(chunk: Chunk, signal: AbortSignal): Promise<void>;
  /** Called once after the last `write`. */
  close?(): Promise<void>;
}

/** What an output wants of its buffer where the configuration does not say. */
export interface BufferTraits {
  /** `none`: batches are written as they come, unless a `<buffer>` is configured. */
  readonly store?: 'none' | 'memory' | 'file';
  readonly chunkKeys?: readonly string[];
  readonly timekeyMs?: number;
  readonly flushIntervalMs?: number;
  /** The option that gives the buffer's path when `<buffer>` has none: `path` of output `file`. */
  readonly pathOption?: string;
}

/** What a chunk is keyed by: the values of the buffer's chunk keys. */
export interface ChunkKey {
  /** The tag, if `tag` is a chunk key. */
  readonly tag: string | undefined;
  /** Start of the time slice in seconds since the epoch, if `time` is a chunk key. */
  readonly timekey: number | undefined;
  /** Values of the record fields among the chunk keys, by the accessor as written. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A part of a chunk's content as it lies in the buffer. */
export interface StoredPiece {
  readonly bytes: Uint8Array;
  /** The bytes are one gzip member. */
  readonly isCompressed: boolean;
}

/** Events that are delivered together, kept until then. It can be read any number of times. */
export interface Chunk {
  /** 16 bytes as 32 hex digits; the same across restarts and retries. What is a part of a chunk (`bisect_refused`) has an id of its own. */
  readonly id: string;
  readonly key: ChunkKey;
  /** The key's tag, or the tag of the chunk's first batch. */
  readonly tag: string;
  readonly count: number;
  /** Length of what `bytes` gives, all pieces together; only about so much where it is compressed, formatted or cut out on the way. */
  readonly sizeBytes: number;
  /** Wall clock at which the chunk was begun, in milliseconds. */
  readonly createdMs: number;
  /** How often delivery was tried before: 0 at the first attempt. */
  readonly attempts: number;
  /** What a receiver can tell a repeated chunk by; undefined when the buffer is not persistent. */
  readonly origin: Origin | undefined;
  /**
   * Where its events came from, as far as their sources stamp them and the buffer has it; empty else.
   */
  sources?(): readonly SourcePart[];
  /** Whether `bytes` are what the output's `format` made, or packed entries. */
  readonly isFormatted: boolean;
  /** The content in pieces of bounded size, in order: what `format` made, or MessagePack `[time, record]*`. Pieces end between entries. */
  bytes(): AsyncIterable<Uint8Array>;
  /** What `bytes` gives, in memory that is used again once it is released: for outputs that know when they are through with it. */
  lent?(): AsyncIterable<LentBytes>;
  /** The content before any `format`, compressed where the buffer compresses it: for outputs that can hand it on so. Absent when nothing is stored. */
  stored?(): AsyncIterable<StoredPiece>;
  /** The entries in groups of bounded size. @throws MR_BUFFER when the chunk is formatted */
  entries(): AsyncIterable<readonly Entry[]>;
  /** Fills in `${tag}`, `${tag[n]}`, `${chunk_id}`, `${field}` and strftime directives from the chunk's key. */
  expand(template: string): string;
}

/** What an output says of each chunk that it delivered. */
export interface Receipt {
  readonly outputId: string;
  readonly chunkId: string;
  readonly tag: string;
  readonly count: number;
  readonly bytes: number;
  /** How often delivery was tried, the successful try included. */
  readonly attempts: number;
  /** From the chunk's beginning to its delivery. */
  readonly latencyMs: number;
}

/**
 * Passes an entry on, changes it (by making a new one), makes several of it or drops it with null. Synchronous and
 * pure. A throw sends the entry to `@ERROR`.
 */
export interface Filter {
  (entry: Entry, tag: string): Entry | readonly Entry[] | null;
  /** When this is all that it does to any entry: the fields that it sets. Entries need not be decoded for it then. */
  readonly sets?: ConstantFields | undefined;
}

/** What a parser made of a text; `time` is null when the text gave none. */
export interface ParsedEntry {
  readonly time: EventTime | null;
  readonly record: EventRecord;
}

/** Cuts a stream of bytes into texts, wherever the stream was split. */
export interface Splitter {
  /** Takes the next bytes; they must not be changed afterwards. */
  push(bytes: Uint8Array): void;
  /** The next complete text; undefined when more bytes are needed. @throws MR_CODEC when the bytes cannot be cut */
  next(): Uint8Array | undefined;
  /** Nothing more comes: what is left is complete, for `next`. @throws MR_CODEC when it cannot be */
  finish(): void;
}

/** Lines of text in a piece of bytes, for as long as a call lasts: the table is filled anew for the next piece. */
export interface Lines {
  readonly bytes: Buffer;
  /** Where each line begins and ends, without its line break. */
  readonly table: Pick<LineTable, 'count' | 'begin' | 'end'>;
}

/** What a parser found in lines without decoding them. */
export interface ReadLines {
  readonly entries: UndecodedEntries;
  /** The numbers of the lines that `parse` does not take, or throws on. */
  readonly unmatched: readonly number[];
}

/** Reads events out of text. */
export interface Parser {
  /**
   * The entries in a text (one, for most parsers), or null when the text does not match. A null among the
   * entries is a part that does not match: a number in a JSON array. Bytes that are not UTF-8 are kept where the format can.
   * @throws MR_TIME when the text matches but its time cannot be read
   */
  parse(input: string | Uint8Array): readonly (ParsedEntry | null)[] | null;
  /**
   * What `parse` makes of each line, without decoding it; undefined where that cannot be told. `now` is the time of
   * entries that `parse` gives none or the present one. The bytes are not changed later.
   */
  readLines?(lines: Lines, now: EventTime): ReadLines | undefined;
  /**
   * Whether an event begins at a line. A parser that has this wants its texts whole: who reads lines joins each
   * line that begins an event with those behind it that begin none, by line feeds, and parses them together.
   */
  isFirstLine?(line: string | Uint8Array): boolean;
  /** What cuts a stream of bytes into texts for `parse`. Without it, a text is a line, or lines joined by `isFirstLine`. */
  splitter?(): Splitter;
}

/** Writes an entry as text or bytes, line break included. */
export interface Formatter {
  (entry: Entry, tag: string): string | Uint8Array;
  /** What it gives for all entries, one after another, without decoding them; undefined where it cannot. */
  readonly formatAll?:
    | ((entries: UndecodedEntries, memory?: Memory) => Uint8Array | undefined)
    | undefined;
  /** What makes a file of them, where a file is more than its entries one after another. An output that cannot obey it refuses the formatter. */
  readonly container?: Container;
}

/** How files are made of formatted entries. */
export interface Container {
  /** What a file begins with: always the same, so that a file can be appended to at any later time. */
  readonly head: Uint8Array;
  /**
   * What goes into a file, behind its head or whatever is there, for a chunk's formatted entries in pieces that end
   * between entries. It is at most a 1024th and 1024 bytes more than they are.
   * @throws Unrecoverable when they were formatted otherwise: the configuration has changed since
   */
  pack(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** One way out of a route: a batch and the branch that it takes. */
export interface Directed {
  readonly branch: number;
  readonly batch: EventBatch;
  /** When given, the batch waits for it: a nack sends the batch, an ack drops it (and acks its delivery). */
  readonly unless?: Delivery | undefined;
}

/** Decides which of its branches (`context.branches`) take a batch. Several take copies made by `branches` of `lib/plugin/branch.ts`. */
export type Route = (batch: EventBatch) => readonly Directed[];

/** Waiting, windowing, joining: a stream operator over batches. */
export type Operator = (
  source: AsyncIterable<EventBatch>,
  signal: AbortSignal,
) => AsyncIterable<EventBatch>;

/** A server that was found: where it is, and how much of the load it takes. */
export interface FoundServer {
  readonly host: string;
  /** Where the host is, if its name is not to be looked up. */
  readonly address?: string | undefined;
  readonly port: number;
  readonly name: string | undefined;
  readonly weight: number;
  readonly isStandby: boolean;
  readonly username: string;
  readonly password: string;
  /** Undefined: the one that holds for all. */
  readonly sharedKey: string | undefined;
}

/** Finds the servers that an output sends to. */
export interface Discovery {
  /**
   * Resolves when it has told the first list. It tells the whole list again whenever it may have changed, until
   * `signal` is aborted. An empty list is a fault of its source: it is passed over.
   * @throws MR_NET or MR_IO when it cannot find any: it is started again later
   */
  start(tell: (servers: readonly FoundServer[]) => void, signal: AbortSignal): Promise<void>;
}

/** What each kind of plugin makes. */
export interface Kinds {
  readonly input: Input;
  readonly output: Output;
  readonly filter: Filter;
  readonly parser: Parser;
  readonly formatter: Formatter;
  readonly route: Route;
  readonly operator: Operator;
  readonly discovery: Discovery;
}

export type Kind = keyof Kinds;
