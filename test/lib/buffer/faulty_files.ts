import { type FileSystem, realFiles } from '../../../lib/buffer/store/file_system.ts';

/** A call of a file system: the function's name, and the path or the descriptor's path. */
export interface FileCall {
  readonly name: keyof FileSystem;
  readonly path: string;
}

/** The real disk, but each call may be made to fail first. */
export function faultyFiles(onCall: (call: FileCall) => void): FileSystem {
  const paths = new Map<number, string>();
  const ask = (name: keyof FileSystem, path: string): void => onCall({ name, path });
  const pathOf = (file: number): string => paths.get(file) ?? '';
  return {
    open(path, mode, permission) {
      ask('open', path);
      const file = realFiles.open(path, mode, permission);
      paths.set(file, path);
      return file;
    },
    close(file) {
      paths.delete(file);
      realFiles.close(file);
    },
    sizeOf: (file) => realFiles.sizeOf(file),
    write(file, pieces, position) {
      ask('write', pathOf(file));
      realFiles.write(file, pieces, position);
    },
    readNow(file, target, position) {
      ask('readNow', pathOf(file));
      return realFiles.readNow(file, target, position);
    },
    async read(file, target, position) {
      ask('read', pathOf(file));
      return realFiles.read(file, target, position);
    },
    truncate(file, length) {
      ask('truncate', pathOf(file));
      realFiles.truncate(file, length);
    },
    copyAccess(from, to) {
      ask('copyAccess', pathOf(to));
      realFiles.copyAccess(from, to);
    },
    async sync(file) {
      ask('sync', pathOf(file));
      await realFiles.sync(file);
    },
    async syncFolder(path) {
      ask('syncFolder', path);
      await realFiles.syncFolder(path);
    },
    rename(from, to) {
      ask('rename', from);
      realFiles.rename(from, to);
    },
    async remove(path) {
      ask('remove', path);
      await realFiles.remove(path);
    },
    removeNow(path) {
      ask('removeNow', path);
      realFiles.removeNow(path);
    },
    list: (folder) => realFiles.list(folder),
    makeFolder(path, permission) {
      ask('makeFolder', path);
      return realFiles.makeFolder(path, permission);
    },
  };
}

/** An error as the system gives it. */
export function systemError(code: string): Error {
  const { stackTraceLimit } = Error;
  // Tests make very many of them, and most are expected.
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(`${code}: injected`), { code });
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}
