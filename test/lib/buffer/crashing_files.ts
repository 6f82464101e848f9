import { dirname } from 'node:path';
import type { FileSystem, OpenMode } from '../../../lib/buffer/store/file_system.ts';
import { CrashingInode, type Luck } from './crashing_inode.ts';
import { type FileCall, systemError } from './faulty_files.ts';

/** A change of names that is not yet safe; `to` undefined: removed, `from` undefined: made. */
interface NameChange {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly inode: CrashingInode;
}

/**
 * A disk in memory that can lose its power: contents are safe once their file is synced, names once their folder
 * is. A process that ends takes nothing with it; its file system does nothing any more.
 */
export class CrashingDisk {
  readonly #sectorBytes: number;
  readonly #luck: Luck;
  readonly #seen = new Map<string, CrashingInode>();
  readonly #safe = new Map<string, CrashingInode>();
  readonly #folders = new Set<string>(['/']);
  readonly #newFolders = new Set<string>();
  readonly #changes: NameChange[] = [];
  /** Called before each call of any process; it may throw. */
  onCall: (call: FileCall) => void = () => {};
  /** How many bytes of a write are there when `onCall` is told of it, to stay if it throws or the process ends. */
  tearAt: (length: number) => number = (length) => length >>> 1;
  /** How many turns of the event loop a sync takes; what an odd one does it does at its begin, else at its end. */
  syncTurns: () => number = () => 0;
  #life = 0;

  /** `luck` decides what of a sync that fails reaches the disk: unless given, nothing. */
  constructor(sectorBytes = 512, luck: Luck = () => false) {
    this.#sectorBytes = sectorBytes;
    this.#luck = luck;
  }

  /** The file system of the process that runs now. */
  process(): FileSystem {
    const life = this.#life;
    const open = new Map<number, { readonly path: string; readonly inode: CrashingInode }>();
    let last = 0;
    const ask = (name: keyof FileSystem, path: string): void => {
      if (life !== this.#life) throw systemError('ESTALE');
      this.onCall({ name, path });
      if (life !== this.#life) throw systemError('ESTALE');
    };
    const use = (name: keyof FileSystem, file: number): CrashingInode => {
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
    const slowly = async (work: () => void): Promise<void> => {
      const turns = this.syncTurns();
      if (turns % 2 === 1) await waitFor(work);
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      if (turns % 2 === 0) await waitFor(work);
      else if (life !== this.#life) await new Promise(() => {});
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
        const whole = Buffer.concat(pieces);
        const torn = this.tearAt(whole.length);
        if (life === this.#life) inode?.write(whole.subarray(0, torn), position);
        use('write', file).write(whole.subarray(torn), position + torn);
      },
      readNow: (file, target, position) => readNow('readNow', file, target, position),
      read: (file, target, position) => waitFor(() => readNow('read', file, target, position)),
      copyAccess: (_from, to) => void use('copyAccess', to),
      truncate: (file, length) => use('truncate', file).truncate(length),
      sync: (file) =>
        slowly(() => {
          const inode = open.get(file)?.inode;
          try {
            use('sync', file).sync();
          } catch (error) {
            if (life === this.#life) inode?.failSync(this.#luck);
            throw error;
          }
        }),
      syncFolder: (path) =>
        slowly(() => {
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

  /** Some of what is not yet safe reaches the disk, in any order. */
  writeBack(luck: Luck): void {
    for (const inode of new Set(this.#seen.values())) inode.writeBack(luck);
    for (const folder of this.#newFolders) if (luck()) this.#newFolders.delete(folder);
    this.#settleNames(luck);
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
    const inode = new CrashingInode(this.#sectorBytes, content);
    this.#seen.set(path, inode);
    this.#safe.set(path, inode);
  }

  /** Takes a file away, safely. */
  delete(path: string): void {
    this.#seen.delete(path);
    this.#safe.delete(path);
  }

  #at(path: string): CrashingInode {
    const inode = this.#seen.get(path);
    if (inode === undefined) throw systemError('ENOENT');
    return inode;
  }

  #open(path: string, mode: OpenMode): CrashingInode {
    if (mode !== 'create') return this.#at(path);
    if (this.#seen.has(path)) throw systemError('EEXIST');
    if (!this.#folders.has(dirname(path))) throw systemError('ENOENT');
    const inode = new CrashingInode(this.#sectorBytes);
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

  /** Makes those changes safe that are meant, and before each whatever happened to its file and its names earlier. */
  #settleNames(isMeant: (change: NameChange) => boolean): void {
    const left: NameChange[] = [];
    for (const change of this.#changes) {
      if (isMeant(change)) {
        for (const earlier of takeKin(left, change)) this.#settle(earlier);
        this.#settle(change);
      } else left.push(change);
    }
    this.#changes.splice(0, this.#changes.length, ...left);
  }

  #settle({ from, to, inode }: NameChange): void {
    if (from !== undefined) {
      for (const [path, other] of this.#safe) if (other === inode) this.#safe.delete(path);
    }
    if (to !== undefined) this.#safe.set(to, inode);
  }
}

/** Takes out the changes that must be safe before `change` can be, in order. */
function takeKin(changes: NameChange[], change: NameChange): NameChange[] {
  const kin: NameChange[] = [];
  const inodes = new Set([change.inode]);
  const names = new Set([change.from, change.to]);
  names.delete(undefined);
  for (let index = changes.length - 1; index >= 0; index -= 1) {
    const each = changes[index];
    if (each === undefined) continue;
    if (!inodes.has(each.inode) && !names.has(each.from) && !names.has(each.to)) continue;
    changes.splice(index, 1);
    kin.unshift(each);
    inodes.add(each.inode);
    for (const name of [each.from, each.to]) if (name !== undefined) names.add(name);
  }
  return kin;
}

function isIn(path: string | undefined, folder: string): boolean {
  return path !== undefined && dirname(path) === folder;
}
