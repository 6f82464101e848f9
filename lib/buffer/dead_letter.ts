import { join } from 'node:path';
import { decodeEntries, encodeEntries } from '../codec/entry_codec.ts';
import { printJson } from '../codec/json_print.ts';
import type { Entry, EventValue } from '../event/entry.ts';
import { isRecord } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import type { Rest } from './rest.ts';
import { selectEntries } from './select_entries.ts';
import type { ChunkHead } from './store/chunk_head.ts';
import type { ChunkStore, StoredChunk } from './store/chunk_store.ts';
import type { FileSystem } from './store/file_system.ts';
import { removeIfThere } from './store/small_file.ts';
import { makeDurableFolder } from './store/store_folder.ts';

/*
 * A dead letter is two files in the folder of dead letters, named by the id of its chunk:
 *
 *     ID.reason.json    outputId, chunkId, tag, why, attempts, times, count, and which events were refused and why
 *     ID.jsonl          one event a line: {"time":"2024-03-05T03:45:00.000000001Z","tag":...,"record":{...}}; a record
 *                       that JSON cannot say exactly has its MessagePack beside it, as base64 in "packed"
 *     ID.txt            instead, when the chunk holds what the output's `format` made
 */

/** Why a chunk, or some of it, cannot be delivered. */
export interface DeathReport {
  readonly outputId: string;
  readonly stored: StoredChunk;
  readonly head: ChunkHead;
  readonly reason: string;
  readonly attempts: number;
  readonly firstFailedMs: number | undefined;
  readonly nowMs: number;
  /** Only this, when all else was delivered. */
  readonly rest: Rest | undefined;
}

/** What a line of a dead letter says of its event. */
export interface DeathNote {
  readonly plugin?: string | undefined;
  readonly reason?: string | undefined;
}

/** Keeps what cannot be delivered as files that a person can read. */
export class DeadLetters {
  readonly folder: string;
  readonly #files: FileSystem;
  readonly #store: ChunkStore;

  constructor(files: FileSystem, folder: string, store: ChunkStore) {
    this.#files = files;
    this.folder = folder;
    this.#store = store;
  }

  /** Resolves when the dead letter would survive a power cut. Writing the same one again changes nothing. */
  async keep(report: DeathReport): Promise<void> {
    const { stored, head } = report;
    await makeDurableFolder(this.#files, this.folder, 0o755);
    const ending = head.isFormatted ? 'txt' : 'jsonl';
    const content = head.isFormatted ? this.#formatted(report) : this.#lines(report);
    await this.#write(`${stored.id}.${ending}`, content);
    // After a power cut a reason never stands without its events.
    await this.#files.syncFolder(this.folder);
    await this.#write(`${stored.id}.reason.json`, [explain(report)]);
    await this.#files.syncFolder(this.folder);
  }

  async *#lines({ stored, head, rest }: DeathReport): AsyncGenerator<string> {
    const reasons = reasonsOf(rest);
    const ranges = rest?.ranges ?? [{ first: 0, end: stored.count }];
    for await (const { bytes, first } of selectEntries(this.#store.pieces(stored), ranges)) {
      let text = '';
      for (const [offset, entry] of decodeEntries(bytes).entries()) {
        text += deadLetterLine(entry, head.tag, { reason: reasons.get(first + offset) });
      }
      yield text;
    }
  }

  /** Single events cannot be told apart for sure: where there is one a line they can, else all is kept. */
  async *#formatted({ stored, rest }: DeathReport): AsyncGenerator<Uint8Array> {
    const chosen = rest && reasonsOf(rest);
    let index = 0;
    for await (const piece of this.#store.pieces(stored)) {
      const end = index + piece.count;
      const lines = chosen === undefined ? [] : splitLines(piece.bytes);
      if (chosen === undefined) yield piece.bytes;
      else if (lines.length === piece.count) {
        for (const [offset, bytes] of lines.entries()) if (chosen.has(index + offset)) yield bytes;
      } else if (hasAny(chosen, index, end)) yield piece.bytes;
      index = end;
    }
  }

  async #write(
    name: string,
    content: AsyncIterable<string | Uint8Array> | Iterable<string>,
  ): Promise<void> {
    const path = join(this.folder, name);
    removeIfThere(this.#files, `${path}.tmp`);
    const file = this.#files.open(`${path}.tmp`, 'create');
    try {
      let position = 0;
      for await (const piece of content) {
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
        if (bytes.length > 0) this.#files.write(file, [bytes], position);
        position += bytes.length;
      }
      await this.#files.sync(file);
    } finally {
      this.#files.close(file);
    }
    this.#files.rename(`${path}.tmp`, path);
  }
}

function explain(report: DeathReport): string {
  const { stored, head, rest } = report;
  const reason = {
    outputId: report.outputId,
    chunkId: stored.id,
    tag: head.tag,
    timekey: head.key.timekey,
    reason: report.reason,
    attempts: report.attempts,
    createdAt: isoTime(stored.createdMs),
    firstFailedAt: report.firstFailedMs === undefined ? undefined : isoTime(report.firstFailedMs),
    diedAt: isoTime(report.nowMs),
    count: rest?.count ?? stored.count,
    isFormatted: head.isFormatted,
    rejected: rest?.rejected,
  };
  return `${JSON.stringify(reason, undefined, 2)}\n`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function reasonsOf(rest: Rest | undefined): ReadonlyMap<number, string> {
  return new Map(rest?.rejected.map(({ index, reason }) => [index, reason]));
}

/** An event as a line of a dead letter; `about` says more of it than its time and tag. */
export function deadLetterLine(entry: Entry, tag: string, about: DeathNote): string {
  const fields = { time: printIsoTime(entry.time), tag, ...about };
  let record: string | undefined;
  try {
    record = printJson(entry.record);
  } catch {
    record = undefined; // a number that JSON cannot say
  }
  const start = JSON.stringify(fields).slice(0, -1);
  const exact = record !== undefined && isExact(entry.record);
  const packed = exact
    ? ''
    : `,"packed":"${Buffer.from(encodeEntries([entry])).toString('base64')}"`;
  return `${start},"record":${record ?? 'null'}${packed}}\n`;
}

/** Whether JSON says the value without losing anything. */
function isExact(value: EventValue): boolean {
  // JSON has a minus zero, and it is printed without its sign all the same.
  if (typeof value !== 'object' || value === null) return !Object.is(value, -0);
  if (Array.isArray(value)) return value.every(isExact);
  return isRecord(value) && Object.values(value).every(isExact);
}

/** A time in ISO 8601 with nanoseconds, in UTC; seconds where no calendar reaches. */
export function printIsoTime({ sec, nsec }: EventTime): string {
  const date = new Date(sec * 1000);
  if (Number.isNaN(date.getTime())) return `${sec}.${String(nsec).padStart(9, '0')}`;
  return date.toISOString().replace(/\.\d+Z$/, `.${String(nsec).padStart(9, '0')}Z`);
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}

function hasAny(chosen: ReadonlyMap<number, string>, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) if (chosen.has(index)) return true;
  return false;
}
