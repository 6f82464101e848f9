import { fstatSync, read } from 'node:fs';
import { PooledMemory, SharedLoan, sharedPool } from '../codec/byte_pool.ts';
import { afterLineFeed, unitBytes } from '../codec/line_table.ts';
import { toError } from '../error.ts';
import type { Memory } from '../event/undecoded.ts';
import type { BlockSender } from './block_sender.ts';
import { checkLength, checkOf, readCheck } from './file_identity.ts';
import { JoinedLines, type LineFinder, SingleLines } from './line_finder.ts';
import type { Segment } from './low_water.ts';
import { OpenTexts } from './open_texts.ts';
import type { Pauses } from './pauses.ts';
import type { RosterSetup } from './roster_setup.ts';
import type { TailedFile } from './tailed_file.ts';

/** How lines are read. */
export interface ReadSettings {
  /** Most lines of a batch. */
  readonly linesLimit: number;
  /** Longer lines, line feed included, are left out. */
  readonly longestLineBytes: number;
  /** Most bytes that are read of a file in a second. */
  readonly bytesPerSecond: number;
  /** How lines are joined; undefined: each is a text. */
  readonly joining: JoinSettings | undefined;
}

/** How lines are joined to texts. */
export interface JoinSettings {
  /** Whether a text begins at a line, which comes without its line break. */
  readonly isFirstLine: (line: Buffer) => boolean;
  /** A text is complete when its file has rested so long. */
  readonly restMs: number;
}

/** What a reader works with. */
export interface ReaderSetup extends RosterSetup {
  readonly reading: ReadSettings;
  readonly sender: BlockSender;
  readonly pauses: Pauses<TailedFile>;
  /** How many lanes read at the same time. */
  readonly laneCount: () => number;
  /** Called before anything of a generation is emitted. */
  readonly onNamed: (file: TailedFile) => void;
  /** Called when a file is found to be truncated; gives whether that was news. */
  readonly onTruncated: (file: TailedFile) => boolean;
}

const largestPieceBytes = 1024 * 1024;
const smallestPieceBytes = 16 * 1024;
/** What is read at once of less does not go into memory that is used again: its smallest piece is 64 KiB. */
const leastPooledBytes = 32 * 1024;
/** What all lanes together hold of their files. */
const allPiecesBytes = 32 * 1024 * 1024;
/** Lines beyond this are left out in any case: no text can hold them. */
const longestLineEverBytes = 256 * 1024 * 1024;
/** A text of several lines is no longer. */
const longestTextBytes = 1024 * 1024;
/** Batches of a file that are not settled; at more, reading waits. */
const mostSegments = 1024;
const failedReadPauseMs = 1000;

/** Reads lines of files, one turn at a time. */
export class LineReader {
  readonly #setup: ReaderSetup;
  /** Shared by all turns: lines are found and made a batch of without a pause between. */
  readonly #finder: LineFinder;
  readonly #openTexts: OpenTexts;
  /** Files that come after others that are not read up. */
  readonly #waiting = new Set<TailedFile>();
  #isStopped = false;

  constructor(setup: ReaderSetup) {
    this.#setup = setup;
    const { lineBreak, reading, clock, pauses } = setup;
    const { longestLineBytes, joining } = reading;
    const settings = { lineBreak, longestLineBytes };
    this.#openTexts = new OpenTexts(joining?.restMs ?? 0, clock, pauses);
    this.#finder =
      joining === undefined
        ? new SingleLines(settings)
        : new JoinedLines(settings, { isFirstLine: joining.isFirstLine, longestTextBytes });
  }

  /** Emits what a piece of the file holds; gives whether there is more. Never rejects. */
  async turn(file: TailedFile): Promise<boolean> {
    const { log, pauses, clock } = this.#setup;
    try {
      return this.#isStopped || !this.#mayRead(file) ? false : await this.#take(file);
    } catch (thrown) {
      log.warn(`\`${file.place}\` cannot be read`, { error: toError(thrown) });
      file.pausedUntilMs = clock.monotonicMs() + failedReadPauseMs;
      pauses.pause(file, file.pausedUntilMs);
      return false;
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Emits what may go on at the end of a file: nobody will read on there. */
  async endText(file: TailedFile): Promise<void> {
    const { openText, water } = file;
    if (openText !== undefined && !water.hasFailed) await this.#emitAll(file, openText.bytes, 0);
  }

  #mayRead(file: TailedFile): boolean {
    const { predecessor } = file;
    if (predecessor !== undefined && !predecessor.isAtEnd && !predecessor.isLost) {
      this.#waiting.add(file);
      return false;
    }
    file.predecessor = undefined;
    if (this.#setup.clock.monotonicMs() < file.pausedUntilMs) return false;
    file.isFull = file.water.length >= mostSegments && !file.water.hasFailed;
    return !file.isFull;
  }

  #take(file: TailedFile): Promise<boolean> | boolean {
    const { openFiles, sources, records, onTruncated, pauses, clock } = this.#setup;
    const descriptor = openFiles.descriptorOf(file);
    if (file.water.hasFailed) return this.#repeat(file, descriptor);
    if (descriptor === undefined) return file.isLost && this.#endLost(file);
    // What grows is not at its end after all.
    if (file.notice(fstatSync(descriptor, { bigint: true }))) file.isEnding = false;
    const hadName = file.source !== undefined;
    if (file.lagBytes === 0 && file.size >= file.leastSize) return this.#end(file);
    const isNamed = file.size >= file.leastSize && sources.name(file, descriptor, file.isEnding);
    if (file.size < file.leastSize) {
      onTruncated(file);
      return false;
    }
    if (!isNamed) return this.#end(file);
    if (!hadName) {
      records.update(file);
      this.#setup.onNamed(file);
      return true;
    }
    if (!records.isSecure(file)) {
      pauses.pause(file, clock.monotonicMs() + failedReadPauseMs);
      return false;
    }
    file.isAtEnd = false;
    file.restingSinceMs = clock.monotonicMs();
    return this.#isLongLine(file)
      ? this.#scan(file, descriptor)
      : this.#readPiece(file, descriptor);
  }

  /** Reads a piece and emits the texts in it. */
  async #readPiece(file: TailedFile, descriptor: number): Promise<boolean> {
    const { offset, size } = file;
    const [cut] = file.cuts;
    // A batch that a buffer has stored in part must come again as it was; none was larger but those of one long line.
    const largestBytes = Math.max(largestPieceBytes, this.#finder.longestTextBytes);
    const isReplay = cut !== undefined && cut - offset <= largestBytes;
    const seen = Math.max(0, file.scannedTo - offset);
    const wanted = isReplay ? cut - offset : Math.min(this.#pieceBytes(seen), size - offset);
    const memory = wanted < leastPooledBytes ? undefined : new PooledMemory(sharedPool);
    const bytes = await this.#readAfter(file, descriptor, offset, wanted, memory);
    if (bytes === undefined) return true;
    const loan = memory && new SharedLoan(() => memory.release());
    const overlap = bytes.length - wanted;
    const after = isReplay ? overlap : this.#fill(bytes, overlap);
    const { openEnd } = this.#finder;
    if (isReplay) await this.#emitAll(file, bytes, overlap, loan);
    else if (after > overlap) await this.#emitTexts(file, bytes, overlap, after, loan);
    else if (offset + wanted < size) {
      file.scannedTo = offset + wanted - (wanted % unitBytes(this.#setup.lineBreak));
    } else if (file.isEnding) await this.#emitAll(file, bytes, overlap);
    else if (openEnd > 0 && this.#openTexts.isComplete(file, bytes.subarray(overlap, openEnd))) {
      await this.#emitAll(file, bytes.subarray(0, openEnd), overlap);
    } else return this.#end(file);
    // Where no more than lines are looked at, nothing else holds on to the bytes.
    if (this.#setup.reading.joining === undefined) loan?.release();
    return this.#pace(file, wanted - seen);
  }

  /** Whether there is so much without an end of a text that it must be one line. */
  #isLongLine({ scannedTo, offset }: TailedFile): boolean {
    return scannedTo > offset && scannedTo - offset >= this.#finder.longestTextBytes;
  }

  #fill(bytes: Buffer, from: number): number {
    return this.#finder.fill(bytes, from, this.#setup.reading.linesLimit);
  }

  /** Emits the complete texts of a piece, batch by batch; those up to `after` have been found. */
  async #emitTexts(
    file: TailedFile,
    bytes: Buffer,
    begin: number,
    after: number,
    loan?: SharedLoan,
  ): Promise<void> {
    for (let from = begin; after > from; after = this.#fill(bytes, from)) {
      await this.#emit(file, bytes, from, after, loan);
      from = after;
      if (this.#isStopped || file.water.hasFailed || file.water.length >= mostSegments) return;
    }
  }

  /** Emits all bytes from a place on, also what has no line feed at the end. */
  async #emitAll(file: TailedFile, bytes: Buffer, begin: number, loan?: SharedLoan): Promise<void> {
    this.#finder.fillAll(bytes, begin);
    await this.#emit(file, bytes, begin, bytes.length, loan);
  }

  /** The file was truncated or is gone: what was open in it has been kept, and does not go on. */
  async #endLost(file: TailedFile): Promise<false> {
    await this.endText(file);
    return false;
  }

  /** Looks for the end of a line that is longer than a piece, without keeping what was seen of it. */
  async #scan(file: TailedFile, descriptor: number): Promise<boolean> {
    const { lineBreak, reading } = this.#setup;
    const { offset, scannedTo, size } = file;
    if (!file.isIntact(descriptor, size) || size < scannedTo) {
      file.scannedTo = 0;
      return true;
    }
    const bytes = await readBytes(
      descriptor,
      scannedTo,
      Math.min(this.#pieceBytes(0), size - scannedTo),
    );
    const after = afterLineFeed(bytes, 0, lineBreak);
    const isEnd = scannedTo + bytes.length === size;
    if (after < 0) file.scannedTo += bytes.length - (bytes.length % unitBytes(lineBreak));
    if (after < 0 && !(isEnd && file.isEnding)) return isEnd ? this.#end(file) : true;
    const length = (after < 0 ? size : scannedTo + after) - offset;
    if (length > Math.min(reading.longestLineBytes, longestLineEverBytes)) {
      this.#skip(file, descriptor, length);
    } else {
      const line = await this.#readAfter(file, descriptor, offset, length);
      if (line !== undefined) {
        await this.#emitAll(file, line, line.length - length);
      }
    }
    return this.#pace(file, bytes.length);
  }

  #skip(file: TailedFile, descriptor: number, length: number): void {
    const { offset } = file;
    this.#tellSkipped(file, 1);
    const check = readCheck(descriptor, offset + length);
    const segment = this.#advance(file, offset + length, check);
    this.#setup.sender.skip(file, segment);
  }

  /** Emits a batch that failed once more: the very same bytes. */
  async #repeat(file: TailedFile, descriptor: number | undefined): Promise<boolean> {
    const { sender, onTruncated } = this.#setup;
    const segment = file.water.firstFailed;
    if (segment === undefined || (descriptor === undefined && !file.isLost)) return false;
    const length = segment.end - segment.begin;
    const overlap = checkLength(segment.begin);
    const from = segment.begin - overlap;
    const bytes =
      descriptor === undefined ? undefined : await readBytes(descriptor, from, overlap + length);
    if (file.descriptor !== descriptor || this.#isStopped) return true;
    const isThere =
      bytes?.length === overlap + length && checkOf(bytes, bytes.length) === segment.check;
    if (!isThere && onTruncated(file)) return true;
    file.water.reopen(segment);
    if (bytes === undefined || !isThere) sender.giveUp(file, segment);
    else {
      this.#finder.fillAll(bytes, overlap);
      await sender.send(file, segment, bytes, this.#finder);
    }
    return true;
  }

  async #emit(
    file: TailedFile,
    bytes: Buffer,
    from: number,
    after: number,
    loan?: SharedLoan,
  ): Promise<void> {
    if (this.#finder.skipped > 0) this.#tellSkipped(file, this.#finder.skipped);
    const segment = this.#advance(file, file.offset + after - from, checkOf(bytes, after));
    await this.#setup.sender.send(file, segment, bytes, this.#finder, loan);
  }

  #advance(file: TailedFile, end: number, check: number): Segment {
    const segment = file.water.open(file.offset, end, check);
    file.offset = end;
    file.check = check;
    file.openText = undefined;
    file.cuts = file.cuts.filter((cut) => cut > end);
    return segment;
  }

  /**
   * The bytes after `offset`, preceded by some of those that were read before, to make sure of them. Undefined:
   * the file is not what it was.
   */
  async #readAfter(
    file: TailedFile,
    descriptor: number,
    offset: number,
    length: number,
    memory?: Memory,
  ): Promise<Buffer | undefined> {
    const overlap = checkLength(offset);
    const bytes = await readBytes(descriptor, offset - overlap, overlap + length, memory);
    // Meanwhile the descriptor may have been given to another generation, or closed.
    if (file.descriptor !== descriptor || file.offset !== offset || this.#isStopped)
      return undefined;
    const isIntact =
      offset === 0
        ? file.isIntact(descriptor, file.size)
        : bytes.length >= overlap && checkOf(bytes, overlap) === file.check;
    if (!isIntact) this.#setup.onTruncated(file);
    else if (bytes.length === overlap + length) return bytes;
    return undefined;
  }

  /** How much is read: more than before if it was too little, so that no text ends in it. */
  #pieceBytes(seen: number): number {
    const { reading, laneCount } = this.#setup;
    const share = Math.max(smallestPieceBytes, allPiecesBytes / laneCount());
    const piece = Math.floor(Math.min(largestPieceBytes, share, reading.bytesPerSecond));
    return seen === 0 ? piece : Math.min(seen + piece, this.#finder.longestTextBytes);
  }

  /** Counts the bytes of this second; gives whether more may be read in it. */
  #pace(file: TailedFile, count: number): boolean {
    const { reading, clock, pauses } = this.#setup;
    if (reading.bytesPerSecond === Number.POSITIVE_INFINITY) return true;
    const nowMs = clock.monotonicMs();
    if (nowMs - file.paceBeganMs >= 1000) {
      file.paceBeganMs = nowMs;
      file.paceBytes = 0;
    }
    file.paceBytes += count;
    if (file.paceBytes < reading.bytesPerSecond) return true;
    file.pausedUntilMs = file.paceBeganMs + 1000;
    pauses.pause(file, file.pausedUntilMs);
    return false;
  }

  /** Everything has been read, for now: files that come after this one may be read. */
  #end(file: TailedFile): false {
    file.isAtEnd = true;
    if (!file.isRotated) this.#setup.openFiles.rest(file);
    for (const waiting of [...this.#waiting]) {
      if (waiting.predecessor !== file) continue;
      this.#waiting.delete(waiting);
      this.#setup.onReady(waiting);
    }
    return false;
  }

  #tellSkipped(file: TailedFile, count: number): void {
    this.#setup.meters.skippedLines.add(count);
    this.#setup.log.warn(`${count} lines of \`${file.path}\` are too long and left out`);
  }
}

function readBytes(
  descriptor: number,
  offset: number,
  length: number,
  memory?: Memory,
): Promise<Buffer> {
  const bytes = memory?.take(length) ?? Buffer.allocUnsafe(length);
  return new Promise((resolve, reject) => {
    read(descriptor, bytes, 0, length, offset, (error, count) => {
      if (error === null) resolve(bytes.subarray(0, count));
      else reject(error);
    });
  });
}
