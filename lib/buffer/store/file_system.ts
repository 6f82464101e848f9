import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlink,
  unlinkSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from '../../error.ts';

/** `read`: there or an error; `update`: there, to be changed; `create`: new and empty, an error when there. */
export type OpenMode = 'read' | 'update' | 'create';

/**
 * All that a store does to a disk, so that a test can stand in for it. Every function throws (or rejects with)
 * the system's error. Writes are synchronous: they reach the page cache only, which costs less than a thread.
 */
export interface FileSystem {
  /** A descriptor. `permission` counts for `create`. */
  open(path: string, mode: OpenMode, permission?: number): number;
  close(file: number): void;
  sizeOf(file: number): number;
  /** Writes all pieces at `position`; short writes are continued. */
  write(file: number, pieces: readonly Uint8Array[], position: number): void;
  /** Reads what there is at `position`, possibly less than `target` holds; 0 at the end. */
  readNow(file: number, target: Uint8Array, position: number): number;
  read(file: number, target: Uint8Array, position: number): Promise<number>;
  truncate(file: number, length: number): void;
  /** Gives a file the permissions of another and, if this process may do that, its owner. */
  copyAccess(from: number, to: number): void;
  /** Resolves when content and length would survive a power cut. */
  sync(file: number): Promise<void>;
  /** Resolves when the folder's names would. */
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): void;
  remove(path: string): Promise<void>;
  removeNow(path: string): void;
  list(folder: string): string[];
  /**
   * Makes a folder and those above it, with the permissions of the folder `like` and, if this process may do that, its
   * owner. Returns the uppermost that was made; undefined when all were there.
   */
  makeFolder(path: string, permission?: number, like?: string): string | undefined;
}

/** The part of a file system that changes nothing. */
export type ReadingFiles = Pick<FileSystem, 'close' | 'list' | 'read' | 'readNow' | 'sizeOf'> & {
  open(path: string, mode: 'read'): number;
};

const flags = {
  read: constants.O_RDONLY,
  update: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const;

const readAsync = promisify(read);
const fsyncAsync = promisify(fsync);
const fdatasyncAsync = promisify(fdatasync);
const unlinkAsync = promisify(unlink);

/** The disk itself. */
export const realFiles: FileSystem = {
  open: (path, mode, permission = 0o644) => openSync(path, flags[mode], permission),
  close: closeSync,
  sizeOf: (file) => fstatSync(file).size,
  write(file, pieces, position) {
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined) return writeWhole(file, only, position);
    const written = writevSync(file, pieces, position);
    let done = 0;
    for (const piece of pieces) {
      const end = done + piece.length;
      if (end > written) {
        const left = written > done ? piece.subarray(written - done) : piece;
        writeWhole(file, left, position + end - left.length);
      }
      done = end;
    }
  },
  readNow: (file, target, position) => readSync(file, target, 0, target.length, position),
  read: async (file, target, position) =>
    (await readAsync(file, target, 0, target.length, position)).bytesRead,
  truncate: ftruncateSync,
  copyAccess(from, to) {
    const { mode, uid, gid } = fstatSync(from);
    fchmodSync(to, mode & 0o7777);
    unlessForbidden(() => fchownSync(to, uid, gid));
  },
  sync: fdatasyncAsync,
  async syncFolder(path) {
    const folder = openSync(path, constants.O_RDONLY);
    try {
      await fsyncAsync(folder);
    } finally {
      closeSync(folder);
    }
  },
  rename: renameSync,
  remove: unlinkAsync,
  removeNow: unlinkSync,
  list: (folder) => readdirSync(folder),
  makeFolder: (path, permission = 0o755, like) =>
    makeFolders(resolve(path), (each) => {
      mkdirSync(each, permission);
      if (like !== undefined) copyFolderAccess(like, each);
    }),
};

function writeWhole(file: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}

function copyFolderAccess(from: string, to: string): void {
  const { mode, uid, gid } = statSync(from);
  chmodSync(to, mode & 0o7777);
  unlessForbidden(() => chownSync(to, uid, gid));
}

/** Only root may give files away. */
function unlessForbidden(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
  }
}

/** Not Node's way, which never ends where a folder is refused with ENOENT, as below `/proc` or a mount that is gone. */
function makeFolders(path: string, make: (path: string) => void): string | undefined {
  try {
    return makeOne(path, make);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || path === dirname(path)) throw error;
  }
  const uppermost = makeFolders(dirname(path), make);
  const made = makeOne(path, make);
  return uppermost ?? made;
}

/** The path, or undefined when the folder was there. */
function makeOne(path: string, make: (path: string) => void): string | undefined {
  try {
    make(path);
    return path;
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && statSync(path).isDirectory()) return undefined;
    throw error;
  }
}
