import { setImmediate } from 'node:timers/promises';
import type { TailedFile } from './tailed_file.ts';

/** How many turns may follow one another before other work of the process has its turn. */
const turnsInARow = 32;

/**
 * Lets files take turns. Files of one lane go one after another, round and round, so that none starves; lanes
 * go side by side, so that one whose batches wait for room does not stop the others.
 */
export class ReadLanes {
  readonly #laneOf: (file: TailedFile) => string;
  readonly #turn: (file: TailedFile) => Promise<boolean>;
  readonly #lanes = new Map<string, Set<TailedFile>>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  /** `turn` never rejects, and gives whether the file wants another turn. */
  constructor(laneOf: (file: TailedFile) => string, turn: (file: TailedFile) => Promise<boolean>) {
    this.#laneOf = laneOf;
    this.#turn = turn;
  }

  /** How many lanes have files that want a turn. */
  get busyCount(): number {
    return this.#lanes.size;
  }

  /** Gives a file a turn soon, once, also if one is going on. */
  enqueue(file: TailedFile): void {
    if (this.#isStopped) return;
    const name = this.#laneOf(file);
    const lane = this.#lanes.get(name);
    if (lane !== undefined) {
      lane.add(file);
      return;
    }
    this.#lanes.set(name, new Set([file]));
    const running = this.#run(name).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Gives no more turns; resolves when those that are going on have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #run(name: string): Promise<void> {
    // Not at once: whoever enqueues is in the middle of looking at files.
    await setImmediate();
    const lane = this.#lanes.get(name) ?? new Set();
    let turns = 0;
    for (const file of lane) {
      if (this.#isStopped) break;
      lane.delete(file);
      // A set goes on over what is added to it: the file comes back behind all the others.
      if (await this.#turn(file)) lane.add(file);
      turns += 1;
      if (turns % turnsInARow === 0) await setImmediate();
    }
    this.#lanes.delete(name);
  }
}
