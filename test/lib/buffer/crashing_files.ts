import { dirname } from 'node:path';
import type { FileSystem, OpenMode } from '../../../lib/buffer/store/file_system.ts';
import { type FileCall, systemError } from './faulty_files.ts';

/** What becomes of each thing that was not yet safe when the power was cut. @returns whether it reached the disk */
export type Luck = () => boolean;

interface Dirt {
  readonly start: number;
  readonly end: number;
}

/** A file: what processes see of it, and what is on the disk. */
class Inode {
  seen: Buffer = Buffer.alloc(0);
  safe: Buffer = Buffer.alloc(0);
  /** Written since the last sync. After a failed sync nothing is: the system takes it for clean. */
  dirt: Dirt[] = [];

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.seen.length) this.seen = resized(this.seen, end);
    this.seen.set(bytes, position);
    this.dirt.push({ start: position, end });
  }

  sync(): void {
    for (const each of this.dirt) this.#save(each);
    this.safe = resized(this.safe, this.seen.length);
    this.dirt = [];
  }

  cutPower(luck: Luck): void {
    for (const { start, end } of this.dirt) {
      const middle = start + ((end - start) >>> 1);
      if (luck()) this.#save({ start, end: middle });
      if (luck()) this.#save({ start: middle, end });
    }
    // A length that was shortened may be the old one again.
    if (this.seen.length < this.safe.length && luck()) {
      this.safe = resized(this.safe, this.seen.length);
    }
    this.seen = Buffer.from(this.safe);
    this.dirt = [];
  }

  #save({ start, end }: Dirt): void {
    const bytes = this.seen.subarray(start, end);
    if (start + bytes.length > this.safe.length) {
      this.safe = resized(this.safe, start + bytes.length);
    }
    this.safe.set(bytes, start);
  }
}

/** A change of names that is not yet safe; `to` undefined: removed, `from` undefined: made. */
interface NameChange {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly inode: Inode;
}

/**
 * A disk in memory that can lose its power: contents are safe once their file is synced, names once their folder
 * is. A process that ends takes nothing with it; its file system does nothing any more.
 */
export class CrashingDisk {
  readonly #seen = new Map<string, Inode>();
  readonly #safe = new Map<string, Inode>();
  readonly #folders = new Set<string>(['/']);
  readonly #newFolders = new Set<string>();
  readonly #changes: NameChange[] = [];
  /** Called before each call of any process; it may throw. */
  onCall: (call: FileCall) => void = () => {};
  #life = 0;

  /** The file system of the process that runs now. */
  process(): FileSystem {
    const life = this.#life;
    const open = new Map<number, { readonly path: string; readonly inode: Inode }>();
    let last = 0;
    const ask = (name: keyof FileSystem, path: string): void => {
      if (life !== this.#life) throw systemError('ESTALE');
      this.onCall({ name, path });
      if (life !== this.#life) throw systemError('ESTALE');
    };
    const use = (name: keyof FileSystem, file: number): Inode => {
      const known = open.get(file);
      if (known === undefined) throw systemError('EBADF');
      ask(name, known.path);
      return known.inode;
    };
    const remove = (name: 'remove' | 'removeNow', path: string): void => {
      ask(name, path);
      const inode = this.#at(path);
      this.#seen.delete(path);
      this.#changes.push({ from: path, to: undefined, inode });
    };
    const readNow = (name: 'read' | 'readNow', file: number, target: Uint8Array, at: number) => {
      const bytes = use(name, file).seen.subarray(at, at + target.length);
      target.set(bytes);
      return bytes.length;
    };
    /** What a process waits for never comes once it has ended. */
    const waitFor = async <T>(work: () => T): Promise<T> => {
      try {
        return work();
      } catch (error) {
        if (life !== this.#life) return new Promise(() => {});
        throw error;
      }
    };
    return {
      open: (path, mode) => {
        ask('open', path);
        last += 1;
        open.set(last, { path, inode: this.#open(path, mode) });
        return last;
      },
      close: (file) => {
        use('close', file);
        open.delete(file);
      },
      sizeOf: (file) => use('sizeOf', file).seen.length,
      write: (file, pieces, position) => {
        const inode = open.get(file)?.inode;
        try {
          use('write', file).write(Buffer.concat(pieces), position);
        } catch (error) {
          // A disk that is full takes some of it.
          const whole = Buffer.concat(pieces);
          if (life === this.#life) inode?.write(whole.subarray(0, whole.length >>> 1), position);
          throw error;
        }
      },
      readNow: (file, target, position) => readNow('readNow', file, target, position),
      read: (file, target, position) => waitFor(() => readNow('read', file, target, position)),
      truncate: (file, length) => {
        const inode = use('truncate', file);
        inode.seen = resized(inode.seen, length);
        inode.dirt = inode.dirt
          .filter(({ start }) => start < length)
          .map(({ start, end }) => ({ start, end: Math.min(end, length) }));
      },
      copyAccess: (_from, to) => void use('copyAccess', to),
      sync: (file) =>
        waitFor(() => {
          const inode = open.get(file)?.inode;
          try {
            use('sync', file).sync();
          } catch (error) {
            if (inode !== undefined && life === this.#life) inode.dirt = [];
            throw error;
          }
        }),
      syncFolder: (path) =>
        waitFor(() => {
          ask('syncFolder', path);
          for (const each of this.#newFolders) if (isIn(each, path)) this.#newFolders.delete(each);
          this.#settleNames(({ from, to }) => isIn(from, path) || isIn(to, path));
        }),
      rename: (from, to) => {
        ask('rename', from);
        const inode = this.#at(from);
        this.#seen.delete(from);
        this.#seen.set(to, inode);
        this.#changes.push({ from, to, inode });
      },
      remove: (path) => waitFor(() => remove('remove', path)),
      removeNow: (path) => remove('removeNow', path),
      list: (folder) => {
        ask('list', folder);
        if (this.#seen.has(folder)) throw systemError('ENOTDIR');
        return [...this.#seen.keys(), ...this.#folders]
          .filter((path) => path !== '/' && dirname(path) === folder)
          .map((path) => path.slice(folder === '/' ? 1 : folder.length + 1));
      },
      makeFolder: (path) => {
        ask('makeFolder', path);
        return this.#makeFolder(path);
      },
    };
  }

  /** The process ends at once; what it wrote stays as it was seen. */
  kill(): void {
    this.#life += 1;
  }

  /** The machine stops at once. */
  cutPower(luck: Luck): void {
    this.#life += 1;
    this.#settleNames(luck);
    this.#changes.length = 0;
    for (const folder of this.#newFolders) if (!luck()) this.#loseFolder(folder);
    this.#newFolders.clear();
    this.#seen.clear();
    for (const [path, inode] of this.#safe) this.#seen.set(path, inode);
    for (const inode of new Set(this.#seen.values())) inode.cutPower(luck);
  }

  /** The paths of all files. */
  get paths(): string[] {
    return [...this.#seen.keys()].sort();
  }

  /** What is seen of a file. */
  contentOf(path: string): Buffer {
    return this.#at(path).seen;
  }

  /** Puts a file there, safely. */
  put(path: string, content: Uint8Array): void {
    const inode = new Inode();
    inode.seen = Buffer.from(content);
    inode.safe = Buffer.from(content);
    this.#seen.set(path, inode);
    this.#safe.set(path, inode);
  }

  /** Takes a file away, safely. */
  delete(path: string): void {
    this.#seen.delete(path);
    this.#safe.delete(path);
  }

  #at(path: string): Inode {
    const inode = this.#seen.get(path);
    if (inode === undefined) throw systemError('ENOENT');
    return inode;
  }

  #open(path: string, mode: OpenMode): Inode {
    if (mode !== 'create') return this.#at(path);
    if (this.#seen.has(path)) throw systemError('EEXIST');
    if (!this.#folders.has(dirname(path))) throw systemError('ENOENT');
    const inode = new Inode();
    this.#seen.set(path, inode);
    this.#changes.push({ from: undefined, to: path, inode });
    return inode;
  }

  #makeFolder(path: string): string | undefined {
    if (this.#folders.has(path)) return undefined;
    const above = this.#makeFolder(dirname(path));
    this.#folders.add(path);
    this.#newFolders.add(path);
    return above ?? path;
  }

  #loseFolder(folder: string): void {
    for (const each of this.#folders) {
      if (each === folder || each.startsWith(`${folder}/`)) this.#folders.delete(each);
    }
    for (const path of this.#safe.keys()) {
      if (path.startsWith(`${folder}/`)) this.#safe.delete(path);
    }
  }

  /** Makes those changes safe that are meant, in order, as far as what they begin with is there. */
  #settleNames(isMeant: (change: NameChange) => boolean): void {
    const left: NameChange[] = [];
    for (const change of this.#changes) {
      const { from, to, inode } = change;
      if (!isMeant(change)) {
        left.push(change);
        continue;
      }
      // A file system keeps the order of the changes of one name: what was left before is settled with it.
      if (from !== undefined) {
        for (const [path, other] of this.#safe) if (other === inode) this.#safe.delete(path);
      }
      if (to !== undefined) this.#safe.set(to, inode);
    }
    this.#changes.splice(0, this.#changes.length, ...left);
  }
}

function resized(bytes: Buffer, length: number): Buffer {
  if (length <= bytes.length) return Buffer.from(bytes.subarray(0, length));
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

function isIn(path: string | undefined, folder: string): boolean {
  return path !== undefined && dirname(path) === folder;
}
