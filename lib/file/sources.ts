import { type FileHead, type FileIdentity, readHead, readShortHead } from './file_identity.ts';
import type { TailedFile } from './tailed_file.ts';

/**
 * Names the generations of files in the origins of batches, and asks buffers what they have stored of them.
 *
 * A name must stay the same for the same bytes, whoever asks and whenever, even when the position file is lost,
 * and must never stand for other bytes. It is made of the inode and the time at which that was made (or the device,
 * on file systems that do not keep the time), the number of truncations, and the hash of the first line: nothing is
 * emitted before that line is complete, and afterwards it cannot change without a truncation. The number of
 * truncations is in the position file, on the disk, before the first batch of a generation is emitted.
 */
export class Sources {
  readonly #prefix: string;
  readonly #storedEnds: (source: string) => readonly number[];

  constructor(prefix: string, storedEnds: (source: string) => readonly number[]) {
    this.#prefix = prefix;
    this.#storedEnds = storedEnds;
  }

  /** The name of a generation; without a head, one of the same length that stands for none yet. */
  nameOf(identity: FileIdentity, generation: number, head: FileHead | undefined): string {
    // A device's number may be another after a reboot: it is used where there is nothing better.
    const birth =
      identity.birthNs === 0n ? `d${hex(identity.device, 15)}` : hex(identity.birthNs, 16);
    const hash = head?.hash ?? '0'.repeat(hashDigits);
    return `${this.#prefix}:${hex(identity.inode, 1)}.${birth}.${hex(BigInt(generation), 8)}.${hash}`;
  }

  /**
   * Names a file's generation if its head can be told by now, and finds where batches must end. False: not yet.
   * With `isEnding`, a first line that has no line feed will do.
   */
  name(file: TailedFile, descriptor: number, isEnding = false): boolean {
    if (file.source !== undefined) return true;
    file.head ??= readHead(descriptor) ?? (isEnding ? readShortHead(descriptor) : undefined);
    if (file.head === undefined) return false;
    file.source = this.nameOf(file.identity, file.generation, file.head);
    this.findCuts(file);
    return true;
  }

  /** Finds where batches of a file with a name must end because a buffer has stored them so. */
  findCuts(file: TailedFile): void {
    if (file.source === undefined) return;
    file.cuts = this.#storedEnds(file.source).filter((end) => end > file.offset);
  }

  /**
   * Which generation of a file it is that no position speaks of, and what buffers have stored of it: the last
   * generation that they know, or the one after if the file is too short to be that.
   */
  find(identity: FileIdentity, head: FileHead | undefined, size: number): FoundGeneration {
    // Without a head nothing was ever emitted.
    if (head === undefined) return { generation: 0, storedEnds: [] };
    let last: FoundGeneration | undefined;
    let limit = furtherGenerations;
    for (let generation = 0; generation < limit; generation += 1) {
      const storedEnds = this.#storedEnds(this.nameOf(identity, generation, head));
      if (storedEnds.length === 0) continue;
      last = { generation, storedEnds };
      limit = generation + furtherGenerations;
    }
    if (last === undefined) return { generation: 0, storedEnds: [] };
    const isWhole = (last.storedEnds.at(-1) ?? 0) <= size;
    return isWhole ? last : { generation: last.generation + 1, storedEnds: [] };
  }
}

/** A generation of a file, and the ends of what buffers hold of it, ascending. */
export interface FoundGeneration {
  readonly generation: number;
  readonly storedEnds: readonly number[];
}

/** The hash of the head that a source is named after. */
export function headHashOf(source: string): string {
  return source.slice(-hashDigits);
}

const hashDigits = 16;
/** How far beyond the last known generation another one is looked for. */
const furtherGenerations = 8;

function hex(value: bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
