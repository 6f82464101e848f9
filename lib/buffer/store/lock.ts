import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MillraceError, systemCode, toError } from '../../error.ts';
import type { FileSystem, ReadingFiles } from './file_system.ts';
import { readSmallFile, removeIfThere } from './small_file.ts';

/*
 * `lock` in the folder of a store is JSON: the pid of its user, when that process started (in ticks since the
 * boot, from /proc, so that a pid that was given anew is no alibi), which boot that was, and the host's name.
 */

/** Who uses a store. What the system does not tell is the empty text. */
export interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
  readonly host: string;
}

/** A folder that is locked for this process. */
export interface Lock {
  release(): void;
}

let self: Holder | undefined;

/** This process. */
export function currentHolder(): Holder {
  const { pid } = process;
  self ??= { pid, start: processOf(pid).start, boot: bootId(), host: hostname() };
  return self;
}

/**
 * Locks the folder for `holder`. The lock of a process that is no more is taken over.
 * @throws MR_BUFFER naming the process that uses it
 */
export function lockFolder(
  files: FileSystem,
  folder: string,
  holder: Holder = currentHolder(),
): Lock {
  const path = join(folder, 'lock');
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (createLock(files, path, holder)) {
      return { release: () => removeIfThere(files, path) };
    }
    const seen = readSmallFile(files, path);
    if (seen === undefined) continue;
    const other = parseHolder(seen);
    if (other !== undefined && isAlive(other)) throw inUse(folder, other, holder);
    takeAway(files, path, seen, folder, holder);
  }
  throw new MillraceError('MR_BUFFER', `the lock \`${path}\` cannot be had: others take it too`);
}

/** The living process that uses the folder, if there is one. Changes nothing. */
export function holderOf(files: ReadingFiles, folder: string): Holder | undefined {
  const seen = readSmallFile(files, join(folder, 'lock'));
  const holder = seen === undefined ? undefined : parseHolder(seen);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** Changes nothing. @throws MR_BUFFER naming the living process that uses the folder */
export function assertUnused(files: ReadingFiles, folder: string): void {
  const other = holderOf(files, folder);
  if (other !== undefined) throw inUse(folder, other, currentHolder());
}

function createLock(files: FileSystem, path: string, holder: Holder): boolean {
  const bytes = Buffer.from(`${JSON.stringify(holder)}\n`);
  let file: number;
  try {
    file = files.open(path, 'create');
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    files.write(file, [bytes], 0);
  } finally {
    files.close(file);
  }
  // Another process may have read it while it was empty, and taken it for a dead one's.
  return readSmallFile(files, path)?.equals(bytes) === true;
}

/** Renaming succeeds for one process only; it puts back what turns out to be somebody's new lock. */
function takeAway(
  files: FileSystem,
  path: string,
  seen: Buffer,
  folder: string,
  holder: Holder,
): void {
  const aside = `${path}.${holder.pid}.tmp`;
  try {
    files.rename(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readSmallFile(files, aside);
  if (moved === undefined || moved.equals(seen)) {
    removeIfThere(files, aside);
    return;
  }
  files.rename(aside, path);
  const other = parseHolder(moved);
  if (other !== undefined) throw inUse(folder, other, holder);
}

function inUse(folder: string, other: Holder, holder: Holder): MillraceError {
  const isSelf = other.pid === holder.pid && other.start === holder.start;
  const who = isSelf ? 'this process already' : `process ${other.pid} on ${other.host}`;
  return new MillraceError('MR_BUFFER', `the buffer folder \`${folder}\` is in use by ${who}`, {
    hint: 'give each output a `path` of its own, or stop the other process',
  });
}

function isAlive(other: Holder): boolean {
  const { boot } = currentHolder();
  if (other.boot !== '' && boot !== '' && other.boot !== boot) return false;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if (systemCode(toError(error)) !== 'EPERM') return false;
  }
  const { state, start } = processOf(other.pid);
  // A zombie has ended; only nobody has asked how.
  if (state === 'Z' || state === 'X') return false;
  return other.start === '' || start === '' || other.start === start;
}

function parseHolder(bytes: Buffer): Holder | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined;
    const { pid } = value;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
    const text = (name: string): string => String(Reflect.get(value, name) ?? '');
    return { pid, start: text('start'), boot: text('boot'), host: text('host') };
  } catch {
    return undefined; // a lock that was being written when its process ended
  }
}

/** Fields 3 and 22 of /proc/PID/stat; the name in field 2 may hold anything, a bracket too. */
function processOf(pid: number): { readonly state: string; readonly start: string } {
  const stat = readProc(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

function bootId(): string {
  return readProc('/proc/sys/kernel/random/boot_id').trim();
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // no such system
  }
}
