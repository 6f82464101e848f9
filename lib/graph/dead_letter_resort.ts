import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deadLetterLine } from '../buffer/dead_letter.ts';
import type { EntryFailure } from '../buffer/direct_sink.ts';
import type { Clock } from '../clock.ts';
import { systemCode } from '../error.ts';
import type { EventBatch } from '../event/batch.ts';
import type { LastResort } from './error_exit.ts';

/** A file takes no more when it has become so large: failures may come one a batch, and files are not free. */
const fileLimitBytes = 16 * 1024 * 1024;

/** Keeps events that nothing could process as files that a person can read: one JSON line for each event. */
export class DeadLetterResort implements LastResort {
  readonly #folder: string;
  readonly #clock: Clock;
  #path: string | undefined;
  #sizeBytes = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  keep(batch: EventBatch, failures: readonly EntryFailure[]): Promise<void> {
    const kept = this.#last.then(() => this.#append(Buffer.from(print(batch, failures))));
    this.#last = kept.catch(() => {
      // Half a line may lie there: what comes next begins a file of its own.
      this.#path = undefined;
    });
    return kept;
  }

  async #append(lines: Buffer): Promise<void> {
    if (this.#sizeBytes + lines.length > fileLimitBytes) this.#path = undefined;
    const file = (await this.#reopen()) ?? (await this.#begin());
    try {
      await file.writeFile(lines);
      await file.sync();
    } finally {
      await file.close();
    }
    this.#sizeBytes += lines.length;
  }

  /** The file of the last time, unless somebody has taken it away. */
  async #reopen(): Promise<FileHandle | undefined> {
    if (this.#path === undefined) return undefined;
    try {
      return await open(this.#path, constants.O_WRONLY | constants.O_APPEND);
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  async #begin(): Promise<FileHandle> {
    const made = await mkdir(this.#folder, { recursive: true });
    const name = `${this.#clock.nowMs()}-${randomBytes(6).toString('hex')}.jsonl`;
    const path = join(this.#folder, name);
    const file = await open(path, 'ax');
    try {
      await syncFolders(this.#folder, made);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    this.#path = path;
    this.#sizeBytes = 0;
    return file;
  }
}

/** A name is safe once its folder is synced; `made` is the topmost folder that is new. */
async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  const last = made === undefined ? folder : dirname(made);
  for (let next = folder; ; next = dirname(next)) {
    const handle = await open(next, 'r');
    await handle.sync().finally(() => handle.close());
    if (next === last || next === dirname(next)) return;
  }
}

function print(batch: EventBatch, failures: readonly EntryFailure[]): string {
  const lines = batch.entries().map((entry, index) => {
    const failure = failures[index] ?? failures[0];
    const about = { plugin: failure?.stageId, reason: failure?.cause.message };
    return deadLetterLine(entry, batch.tag, about);
  });
  return lines.join('');
}
