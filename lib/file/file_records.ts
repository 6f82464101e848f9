import type { PositionFile } from './position_file.ts';
import type { FileMark } from './position_line.ts';
import type { Sources } from './sources.ts';
import type { TailedFile } from './tailed_file.ts';

/** Keeps the position file in step with what is known of the followed files. Nothing is written before `save`. */
export class FileRecords {
  /** Wall clock: whatever was made before this has been seen. Written with each position. */
  lookedMs = 0;
  readonly #positions: PositionFile | undefined;
  readonly #sources: Sources;

  /** Without a position file nothing is recorded. */
  constructor(positions: PositionFile | undefined, sources: Sources) {
    this.#positions = positions;
    this.#sources = sources;
  }

  get hasChanges(): boolean {
    return this.#positions?.hasChanges === true;
  }

  /** Records a file that has no position yet. */
  add(file: TailedFile): void {
    file.position = this.#positions?.add(
      {
        // A tab or a line feed would end the path. Files are found again by their inodes.
        path: file.path.replaceAll(/[\t\n]/g, '?'),
        offset: file.water.low,
        inode: file.identity.inode,
        mark: this.#markOf(file),
      },
      file.isRotated,
    );
  }

  /** Notes how far the file's batches are settled, and what else is known of it. */
  update(file: TailedFile): void {
    file.position?.change({
      offset: file.water.low,
      mark: this.#markOf(file),
      isPast: file.isRotated,
    });
  }

  /** Gives one file's position to another, which has to be updated then. */
  pass(from: TailedFile, to: TailedFile): void {
    to.position = from.position;
    from.position = undefined;
  }

  drop(file: TailedFile): void {
    if (file.position !== undefined) this.#positions?.remove(file.position);
    file.position = undefined;
  }

  /** Whether the generation of a file is on record, so that its bytes may be emitted under its name; saves if need be. */
  isSecure(file: TailedFile): boolean {
    const { position } = file;
    return position === undefined || position.isRecorded || (this.save() && position.isRecorded);
  }

  /** The offset below which nothing of the file will be read again, whatever happens to this process. */
  securedLow(file: TailedFile): number {
    return Math.min(file.position?.savedOffset ?? file.water.low, file.water.low);
  }

  save(): boolean {
    return this.#positions?.save() ?? true;
  }

  /** Writes all at once; it is on the disk before this returns. */
  saveForGood(): boolean {
    return this.#positions?.compact() ?? true;
  }

  #markOf(file: TailedFile): FileMark {
    const { identity, generation, head, source } = file;
    return {
      device: identity.device.toString(16),
      birth: identity.birthNs.toString(16),
      source: source ?? this.#sources.nameOf(identity, generation, undefined),
      generation,
      headBytes: source === undefined ? 0 : (head?.bytes ?? 0),
      check: file.water.check,
      lookedMs: this.lookedMs,
    };
  }
}
