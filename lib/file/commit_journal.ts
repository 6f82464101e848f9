import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillraceError, systemCode } from '../error.ts';
import { makeFolder, syncFolder } from './folder.ts';

/** Where the bytes of a chunk are about to go. */
export interface Intent {
  /** The chunk's id. */
  readonly chunk: string;
  /** `append`: behind what is in the file; `place`: the file gets its name when it is whole. */
  readonly way: 'append' | 'place';
  readonly path: string;
  /** Device and inode of the file, as `stateOf` gives them. */
  readonly file: string;
  /** The file's size before. */
  readonly offset: number;
  /** The chunk adds no more bytes than this. */
  readonly mostBytes: number;
}

const fileName = 'commits.jsonl';
/** So many finished chunks are remembered; only those of the moment of a crash are ever asked for. */
const keptDone = 1000;
/** So many lines are appended before the file is written anew. */
const linesBetweenCompactions = 20_000;

interface Pending {
  readonly line: string;
  /** Takes the line into account, before anything else can happen. */
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/**
 * Which chunks an output is writing and has written: what makes a write that was interrupted by the end of the
 * process happen exactly once. A file of JSON lines, each durable before its promise resolves:
 *
 *     {"begin":"<chunk>","way":"append","path":"/a/b.log","file":"2049:77","offset":120,"mostBytes":4096}
 *     {"done":"<chunk>"}         it is all there
 *     {"undo":"<chunk>"}         nothing of it is there
 */
export class CommitJournal {
  readonly #path: string;
  readonly #begun = new Map<string, Intent>();
  readonly #done = new Set<string>();
  #file: FileHandle | undefined;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #lines = 0;
  #isTorn = false;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Opens the journal in `folder`, which is made if need be. Lines that are damaged are passed over. @throws MR_IO */
  static async open(folder: string): Promise<CommitJournal> {
    const journal = new CommitJournal(join(folder, fileName));
    try {
      await makeFolder(folder);
      await journal.#load();
      await journal.#tryToCompact();
    } catch (cause) {
      throw journal.#failure(cause);
    }
    return journal;
  }

  /** What was begun and neither finished nor undone, oldest first. */
  unfinished(): readonly Intent[] {
    return [...this.#begun.values()];
  }

  /** What was begun of a chunk that is neither finished nor undone. */
  begun(chunk: string): Intent | undefined {
    return this.#begun.get(chunk);
  }

  isDone(chunk: string): boolean {
    return this.#done.has(chunk);
  }

  /** Notes a write that is about to begin; an earlier intent for the chunk is replaced. @throws MR_IO */
  async begin(intent: Intent): Promise<void> {
    const { chunk, ...rest } = intent;
    await this.#append({ begin: chunk, ...rest }, () => this.#begun.set(chunk, intent));
  }

  /** Notes that all of a chunk is written. @throws MR_IO */
  async done(chunk: string): Promise<void> {
    await this.#append({ done: chunk }, () => this.#finish(chunk));
  }

  /** Notes that nothing of a chunk is written. @throws MR_IO */
  async undo(chunk: string): Promise<void> {
    await this.#append({ undo: chunk }, () => this.#begun.delete(chunk));
  }

  /** Closes the file once everything pending is written. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  #append(record: object, apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ line: `${JSON.stringify(record)}\n`, apply, resolve, reject });
      this.#writing ??= this.#writePending();
    });
  }

  /** One write and one sync for whatever has come together meanwhile. Never rejects. */
  async #writePending(): Promise<void> {
    // Whoever comes in the same turn joins the group.
    await undefined;
    while (this.#pending.length > 0) {
      const group = this.#pending;
      this.#pending = [];
      try {
        await this.#writeGroup(group.map((each) => each.line));
        for (const each of group) {
          each.apply();
          each.resolve();
        }
      } catch (cause) {
        const failure = this.#failure(cause);
        for (const each of group) each.reject(failure);
      }
    }
    this.#writing = undefined;
  }

  async #writeGroup(lines: readonly string[]): Promise<void> {
    if (this.#lines > linesBetweenCompactions) await this.#tryToCompact();
    this.#file ??= await open(this.#path, 'a');
    // After a failure half a line may be there: it must not swallow the next one.
    const text = (this.#isTorn ? '\n' : '') + lines.join('');
    this.#isTorn = true;
    await this.#file.writeFile(text);
    await this.#file.datasync();
    this.#isTorn = false;
    this.#lines += lines.length;
  }

  async #load(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch((cause) => {
      if (systemCode(cause) === 'ENOENT') return '';
      throw cause;
    });
    for (const line of text.split('\n')) this.#replay(line);
  }

  #replay(line: string): void {
    const record = parseLine(line);
    if (typeof record['begin'] === 'string') {
      const { way, path, file, offset, mostBytes } = record;
      if (way !== 'append' && way !== 'place') return;
      if (typeof path !== 'string' || typeof file !== 'string') return;
      if (typeof offset !== 'number' || typeof mostBytes !== 'number') return;
      const chunk = record['begin'];
      this.#begun.set(chunk, { chunk, way, path, file, offset, mostBytes });
    } else if (typeof record['done'] === 'string') this.#finish(record['done']);
    else if (typeof record['undo'] === 'string') this.#begun.delete(record['undo']);
  }

  #finish(chunk: string): void {
    this.#begun.delete(chunk);
    this.#done.add(chunk);
    for (const oldest of this.#done) {
      if (this.#done.size <= keptDone) break;
      this.#done.delete(oldest);
    }
  }

  /** A smaller file is no condition for going on: on a full disk there may be no room for one. */
  async #tryToCompact(): Promise<void> {
    try {
      await this.#compact();
    } catch {
      this.#lines = 0;
      this.#isTorn = true;
    }
  }

  /** Writes the file anew with what still matters. */
  async #compact(): Promise<void> {
    const records: object[] = [...this.#done].map((chunk) => ({ done: chunk }));
    for (const { chunk, ...rest } of this.#begun.values()) records.push({ begin: chunk, ...rest });
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
    await syncFolder(dirname(this.#path));
    await this.#file?.close();
    this.#file = undefined;
    this.#lines = 0;
    this.#isTorn = false;
  }

  #failure(cause: unknown): MillraceError {
    return new MillraceError('MR_IO', `the journal ${this.#path} cannot be written: ${cause}`, {
      cause,
    });
  }
}

function parseLine(line: string): { readonly [key: string]: unknown } {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null ? { ...record } : {};
  } catch {
    return {};
  }
}
