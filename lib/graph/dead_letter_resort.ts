import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { deadLetterLine } from '../buffer/dead_letter.ts';
import type { Clock } from '../clock.ts';
import type { EventBatch } from '../event/batch.ts';
import type { EntryFailure, LastResort } from './error_exit.ts';

/** Keeps events that nothing could process as files that a person can read: one JSON line for each event. */
export class DeadLetterResort implements LastResort {
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async keep(batch: EventBatch, failures: readonly EntryFailure[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const lines = batch.entries().map((entry, index) => {
      const failure = failures[index] ?? failures[0];
      const about = { plugin: failure?.stageId, reason: failure?.cause.message };
      return deadLetterLine(entry, batch.tag, about);
    });
    const name = `${this.#clock.nowMs()}-${randomBytes(6).toString('hex')}.jsonl`;
    const file = await open(join(this.#folder, name), 'wx');
    try {
      await file.writeFile(lines.join(''));
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
