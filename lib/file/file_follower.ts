import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Timer } from '../clock.ts';
import { toError } from '../error.ts';
import { BlockSender } from './block_sender.ts';
import { FileRecords } from './file_records.ts';
import { FileRoster } from './file_roster.ts';
import { FileTable } from './file_table.ts';
import { type FolderHint, FolderHints } from './folder_hints.ts';
import type { EmitBatch, MakeBatch } from './line_block.ts';
import { LineReader, type ReadSettings } from './line_reader.ts';
import { OpenFiles } from './open_files.ts';
import { Pauses } from './pauses.ts';
import { ReadLanes } from './read_lanes.ts';
import type { RosterSetup } from './roster_setup.ts';
import { Sources } from './sources.ts';
import type { TailSetup } from './tail_setup.ts';
import type { TailedFile } from './tailed_file.ts';

/** How files are followed, and what becomes of their lines. */
export interface FollowerSetup extends TailSetup {
  readonly reading: ReadSettings;
  /** Look at all files every second. */
  readonly polls: boolean;
  /** Look when the operating system says that something has changed. */
  readonly usesHints: boolean;
  /** The first look waits for `refreshIntervalMs`. */
  readonly startsLate: boolean;
  /** How often the position file is compacted besides when it must be; undefined: never. */
  readonly compactionIntervalMs: number | undefined;
  readonly makeBatch: MakeBatch;
  readonly emit: EmitBatch;
  /** Files of one lane are read one at a time: those whose batches go the same way. */
  readonly laneOf: (path: string) => string;
}

const pollMs = 1000;
/** Files are looked at in groups of this size, so that other work goes on between. */
const looksInARow = 256;

/** Follows files: looks for them, reads them, and remembers how far they are stored. */
export class FileFollower {
  readonly #setup: FollowerSetup;
  readonly #table = new FileTable();
  readonly #openFiles: OpenFiles;
  readonly #records: FileRecords;
  readonly #roster: FileRoster;
  readonly #sender: BlockSender;
  readonly #reader: LineReader;
  readonly #lanes: ReadLanes;
  readonly #pauses: Pauses<TailedFile>;
  readonly #hints: FolderHints;
  readonly #timers = new Map<string, Timer>();
  /** The paths that are looked at, by folder and name, links followed or not. */
  readonly #pathsIn = new Map<string, Map<string, string>>();
  /** What is to be done next; several wishes for the same are one. */
  readonly #wishes = { expand: false, lookAtAll: false, look: false, compact: false };
  readonly #hinted = new Set<string>();
  #wake: () => void = () => {};

  constructor(setup: FollowerSetup) {
    this.#setup = setup;
    const { clock, log, positions, sourcePrefix, storedEnds } = setup;
    const sources = new Sources(sourcePrefix, storedEnds);
    this.#openFiles = new OpenFiles(setup);
    this.#records = new FileRecords(positions, sources);
    const roster: RosterSetup = {
      ...setup,
      sources,
      table: this.#table,
      openFiles: this.#openFiles,
      records: this.#records,
      onReady: (file) => this.#lanes.enqueue(file),
    };
    this.#pauses = new Pauses(clock, roster.onReady);
    this.#roster = new FileRoster(roster);
    this.#sender = new BlockSender(roster, this.#pauses, setup.makeBatch, setup.emit);
    this.#reader = new LineReader({
      ...roster,
      reading: setup.reading,
      sender: this.#sender,
      pauses: this.#pauses,
      laneCount: () => this.#lanes.busyCount,
      onNamed: (file) => this.#roster.begins(file),
      onTruncated: (file) => this.#roster.restart(file),
    });
    this.#lanes = new ReadLanes(
      (file) => setup.laneOf(file.path),
      (file) => this.#reader.turn(file),
    );
    this.#hints = new FolderHints(clock, log, (hint) => this.#take(hint));
  }

  /** Resolves some time after `signal` was aborted, when all that was emitted is settled and on record. */
  async run(signal: AbortSignal): Promise<void> {
    const { positions } = this.#setup;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    this.#setTimers();
    this.#roster.recover();
    while (!signal.aborted) {
      await this.#fulfil(signal);
      await this.#nextWish(signal);
    }
    for (const timer of this.#timers.values()) timer.cancel();
    this.#hints.close();
    this.#pauses.clear();
    this.#reader.stop();
    await this.#lanes.stop();
    if (positions === undefined) {
      for (const file of [...this.#table.files, ...this.#table.leaving]) {
        await this.#reader.endText(file);
      }
    }
    await this.#sender.idle();
    this.#sender.stop();
    this.#openFiles.closeAll();
    positions?.close();
  }

  #setTimers(): void {
    const { polls, refreshIntervalMs, compactionIntervalMs, startsLate } = this.#setup;
    const wishes = this.#wishes;
    wishes.expand = !startsLate;
    this.#every('refresh', refreshIntervalMs, () => {
      wishes.expand = true;
    });
    if (polls) {
      this.#every('poll', pollMs, () => {
        wishes.lookAtAll = true;
      });
    }
    if (compactionIntervalMs !== undefined) {
      this.#every('compact', compactionIntervalMs, () => {
        wishes.compact = true;
      });
    }
  }

  /** Set again before anything else, so that a clock that is moved by hours finds it. */
  #every(name: string, intervalMs: number, wish: () => void): void {
    this.#after(name, intervalMs, () => {
      this.#every(name, intervalMs, wish);
      wish();
    });
  }

  #after(name: string, delayMs: number, wish: () => void): void {
    const timer = this.#setup.clock.after(delayMs, () => {
      this.#timers.delete(name);
      wish();
      this.#wake();
    });
    this.#timers.set(name, timer);
  }

  async #nextWish(signal: AbortSignal): Promise<void> {
    const { expand, lookAtAll, compact, look } = this.#wishes;
    if (expand || lookAtAll || compact || look || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  async #fulfil(signal: AbortSignal): Promise<void> {
    const { expand, lookAtAll, compact } = this.#wishes;
    const paths = [...this.#hinted];
    this.#hinted.clear();
    Object.assign(this.#wishes, { expand: false, lookAtAll: false, compact: false, look: false });
    try {
      if (expand) await this.#expand();
      if (expand || lookAtAll) await this.#lookAtAll(signal);
      else for (const path of paths) this.#roster.look(path);
      this.#roster.lookAtLeaving();
      this.#measure();
      if (compact) this.#setup.positions?.compact();
      else if (this.#records.hasChanges) this.#records.save();
    } catch (thrown) {
      // Files come and go between one call and the next; what was missed is seen at the next look.
      this.#setup.log.warn('looking at files failed', { error: toError(thrown) });
    }
  }

  async #expand(): Promise<void> {
    const { patterns, clock, usesHints } = this.#setup;
    const nowMs = clock.nowMs();
    this.#roster.setPaths(await patterns.expand(nowMs));
    this.#roster.prune();
    this.#pathsIn.clear();
    for (const spot of this.#table.spots) {
      for (const place of new Set([spot.path, spot.place])) this.#index(place, spot.path);
    }
    for (const folder of patterns.folders(nowMs)) this.#namesIn(folder);
    if (usesHints) this.#hints.watch(new Set(this.#pathsIn.keys()));
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const startedMs = this.#setup.clock.nowMs();
    this.#roster.startsLooking(startedMs);
    let looks = 0;
    for (const { path } of this.#table.spots) {
      this.#roster.look(path);
      looks += 1;
      if (looks % looksInARow > 0) continue;
      await setImmediate();
      if (signal.aborted) return;
    }
    this.#roster.lookedAtAll(startedMs);
  }

  #measure(): void {
    const { meters } = this.#setup;
    const files = new Set([...this.#table.files, ...this.#table.leaving]);
    let lagBytes = 0;
    for (const file of files) lagBytes += file.lagBytes;
    meters.files.set(files.size);
    meters.lagBytes.set(lagBytes);
  }

  #take({ folder, names, isRenamed }: FolderHint): void {
    const { patterns } = this.#setup;
    const paths = this.#pathsIn.get(folder);
    for (const [name, path] of paths ?? []) {
      if (names === undefined || names.has(name)) this.#hinted.add(path);
    }
    // Many names may come at once: they are looked for together, as soon as it would be done anyway.
    if (isRenamed && patterns.hasGlobs && !this.#timers.has('expand')) {
      this.#after('expand', pollMs, () => {
        this.#wishes.expand = true;
      });
    }
    this.#wishes.look = true;
    this.#wake();
  }

  #index(place: string, path: string): void {
    this.#namesIn(dirname(place)).set(basename(place), path);
  }

  #namesIn(folder: string): Map<string, string> {
    let names = this.#pathsIn.get(folder);
    if (names === undefined) {
      names = new Map();
      this.#pathsIn.set(folder, names);
    }
    return names;
  }
}
