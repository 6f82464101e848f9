import { linkSync, renameSync } from 'node:fs';
import { realFiles } from '../../buffer/store/file_system.ts';
import { removeIfThere } from '../../buffer/store/small_file.ts';
import { MillraceError, systemCode, toError } from '../../error.ts';

/** A new file that has its name only once it is whole. */
export class ExportFile {
  readonly isGone = false;
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: number;
  #length = 0;

  private constructor(path: string, temporary: string, file: number) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** @throws MR_BUFFER when there is such a file, or none can be made */
  static create(path: string): ExportFile {
    if (isThere(path)) throw alreadyThere(path);
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      return new ExportFile(path, temporary, realFiles.open(temporary, 'create'));
    } catch (thrown) {
      throw notWritten(path, thrown);
    }
  }

  /** @throws MR_BUFFER when it cannot be written */
  write(bytes: string | Uint8Array): undefined {
    const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    try {
      realFiles.write(this.#file, [content], this.#length);
    } catch (thrown) {
      throw notWritten(this.#path, thrown);
    }
    this.#length += content.length;
  }

  /** Resolves when the whole file has its name. Rejects with MR_BUFFER when another one has got it meanwhile. */
  async finish(): Promise<void> {
    try {
      await realFiles.sync(this.#file);
      // A link takes no name that is there, as renaming would.
      linkSync(this.#temporary, this.#path);
    } catch (thrown) {
      if (systemCode(thrown) === 'EEXIST') throw alreadyThere(this.#path);
      if (!knowsNoLinks(thrown)) throw notWritten(this.#path, thrown);
      if (isThere(this.#path)) throw alreadyThere(this.#path);
      renameSync(this.#temporary, this.#path);
    }
    realFiles.close(this.#file);
    removeIfThere(realFiles, this.#temporary);
  }

  /** Leaves nothing behind. */
  abandon(): void {
    realFiles.close(this.#file);
    removeIfThere(realFiles, this.#temporary);
  }
}

function isThere(path: string): boolean {
  try {
    realFiles.close(realFiles.open(path, 'read'));
    return true;
  } catch (error) {
    return systemCode(error) !== 'ENOENT';
  }
}

function knowsNoLinks(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS';
}

function alreadyThere(path: string): MillraceError {
  return new MillraceError('MR_BUFFER', `\`${path}\` is there already`, {
    hint: 'nothing is written over: give another name, or delete it first',
  });
}

function notWritten(path: string, thrown: unknown): MillraceError {
  const cause = toError(thrown);
  return new MillraceError('MR_BUFFER', `\`${path}\` cannot be written: ${cause.message}`, {
    cause,
  });
}
