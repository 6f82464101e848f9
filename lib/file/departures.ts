import { fstatSync } from 'node:fs';
import type { RosterSetup } from './roster_setup.ts';
import type { TailedFile } from './tailed_file.ts';

/** What becomes of files that are no longer at their paths: they are read to their ends, and left when they rest. */
export class Departures {
  readonly #setup: RosterSetup;

  constructor(setup: RosterSetup) {
    this.#setup = setup;
  }

  /** A file was rotated or removed. */
  rotate(file: TailedFile): void {
    const { meters, log, records, onReady } = this.#setup;
    meters.rotations.add();
    log.info(`\`${file.path}\` was rotated or removed`);
    this.leave(file);
    records.update(file);
    onReady(file);
  }

  /** From now on the file is read only to its end. */
  leave(file: TailedFile): void {
    const { table, clock } = this.#setup;
    file.isRotated = true;
    file.restingSinceMs = clock.monotonicMs();
    table.leaving.add(file);
  }

  /** A file is nowhere to be found. */
  lose(file: TailedFile): void {
    const { log, meters, onReady } = this.#setup;
    const lostBytes = file.lagBytes - (file.openText?.bytes.length ?? 0);
    if (lostBytes > 0) {
      log.warn(`${lostBytes} bytes of \`${file.path}\` are lost: it was removed`);
      meters.lostBytes.add(lostBytes);
    }
    this.abandon(file);
    if (file.openText !== undefined) onReady(file);
  }

  /** Nothing more can be read of a generation; what was read may still be stored. */
  abandon(file: TailedFile): void {
    const { table, openFiles } = this.#setup;
    openFiles.close(file);
    file.isLost = true;
    table.leaving.add(file);
  }

  /** A file has not changed since it was last looked at: it may be left now. */
  rest(file: TailedFile, descriptor: number): void {
    const { clock, rotateWaitMs, onReady } = this.#setup;
    if (!file.isAtEnd || file.water.length > 0) return;
    if (clock.monotonicMs() - file.restingSinceMs < rotateWaitMs) return;
    if (file.lagBytes === 0) this.#finish(file, descriptor);
    else {
      file.isEnding = true;
      onReady(file);
    }
  }

  forget(file: TailedFile): void {
    const { table, openFiles, records } = this.#setup;
    openFiles.close(file);
    table.remove(file);
    records.drop(file);
  }

  /** It stays known as long as it exists, lest it be read again. */
  #finish(file: TailedFile, descriptor: number): void {
    const { table, openFiles } = this.#setup;
    const isRemoved = fstatSync(descriptor, { bigint: true }).nlink === 0n;
    table.leaving.delete(file);
    openFiles.close(file);
    if (isRemoved) this.forget(file);
  }
}
