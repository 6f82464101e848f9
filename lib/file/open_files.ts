import { closeSync } from 'node:fs';
import { toError } from '../error.ts';
import { identityOf, isSameFile } from './file_identity.ts';
import { findBeside, type OpenFile, openFile, realPath } from './found_file.ts';
import type { TailSetup } from './tail_setup.ts';
import type { TailedFile } from './tailed_file.ts';

/** The descriptors of followed files. A bounded number of them is kept open while there is nothing to read. */
export class OpenFiles {
  readonly #setup: TailSetup;
  readonly #open = new Set<TailedFile>();
  /** When it was told that a path cannot be read. */
  readonly #toldMs = new Map<string, number>();

  constructor(setup: TailSetup) {
    this.#setup = setup;
  }

  /** Opens what lies at a path; undefined when there is no regular file, or none that may be read, which is told. */
  open(path: string): OpenFile | undefined {
    try {
      const file = openFile(path);
      this.#toldMs.delete(path);
      return file;
    } catch (thrown) {
      this.#complain(path, toError(thrown));
      return undefined;
    }
  }

  /** Makes a descriptor the file's own. */
  keep(file: TailedFile, { descriptor }: OpenFile): void {
    this.close(file);
    file.descriptor = descriptor;
    this.#open.add(file);
  }

  /** Gives one file's descriptor to another. */
  pass(from: TailedFile, to: TailedFile): void {
    const { descriptor } = from;
    this.#open.delete(from);
    from.descriptor = undefined;
    if (descriptor === undefined) return;
    to.descriptor = descriptor;
    this.#open.add(to);
  }

  /** The file's descriptor, opened again if need be, wherever it was moved; undefined when the file is gone. */
  descriptorOf(file: TailedFile): number | undefined {
    if (file.descriptor !== undefined || file.isLost) return file.descriptor;
    const places = [file.place, file.path, realPath(file.path)];
    const open = this.#openSame(file, file.place) ?? this.#openMoved(file, places);
    if (open !== undefined) {
      file.place = open.place;
      this.keep(file, open);
    }
    return file.descriptor;
  }

  /** There is nothing to read for now: too many such files are not kept open. */
  rest(file: TailedFile): void {
    if (this.#open.size > this.#setup.mostOpenFiles) this.close(file);
  }

  close(file: TailedFile): void {
    if (file.descriptor === undefined) return;
    closeSync(file.descriptor);
    file.descriptor = undefined;
    this.#open.delete(file);
  }

  closeAll(): void {
    for (const file of [...this.#open]) this.close(file);
  }

  #openMoved(file: TailedFile, places: readonly string[]): OpenFile | undefined {
    const moved = findBeside(places, file.identity);
    return moved === undefined ? undefined : this.#openSame(file, moved.place);
  }

  #openSame(file: TailedFile, place: string): OpenFile | undefined {
    const open = this.open(place);
    if (open === undefined || isSameFile(file.identity, identityOf(open.stats))) return open;
    closeSync(open.descriptor);
    return undefined;
  }

  #complain(path: string, error: Error): void {
    const { clock, log, complainsOnce, refreshIntervalMs } = this.#setup;
    const toldMs = this.#toldMs.get(path);
    const nowMs = clock.monotonicMs();
    if (toldMs !== undefined && (complainsOnce || nowMs - toldMs < refreshIntervalMs)) return;
    this.#toldMs.set(path, nowMs);
    log.warn(`\`${path}\` cannot be read: it is tried again later`, { error });
  }
}
