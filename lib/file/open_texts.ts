import type { Clock } from '../clock.ts';
import type { Pauses } from './pauses.ts';
import type { TailedFile } from './tailed_file.ts';

/**
 * Keeps what is at the ends of files and may go on there. It counts as not read: after a restart it is read again
 * from its first line. Only when the file is truncated meanwhile, these bytes are all that is left of it.
 */
export class OpenTexts {
  readonly #restMs: number;
  readonly #clock: Clock;
  readonly #pauses: Pauses<TailedFile>;

  /** A text is complete when its file has rested for `restMs`. */
  constructor(restMs: number, clock: Clock, pauses: Pauses<TailedFile>) {
    this.#restMs = restMs;
    this.#clock = clock;
    this.#pauses = pauses;
  }

  /** Keeps the open text of a file, or says that it is complete. The file has its turn when it will be. */
  isComplete(file: TailedFile, bytes: Buffer): boolean {
    const { size, mtimeNs, openText: before } = file;
    const nowMs = this.#clock.monotonicMs();
    const dueMs = before?.size === size ? before.dueMs : nowMs + this.#restMs;
    if (nowMs >= dueMs) return true;
    file.openText = { bytes, size, mtimeNs, dueMs };
    this.#pauses.pause(file, dueMs);
    return false;
  }
}
