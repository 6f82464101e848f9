import { readdirSync, readFileSync, statSync } from 'node:fs';

/** A process that has one of some files open. */
export interface FileUser {
  readonly pid: number;
  /** What the system calls it. */
  readonly name: string;
}

/**
 * Other processes that have one of the files open: a running Fluentd has all of its chunks open. Only Linux tells, and
 * of the processes of others only to root. Files are told by device and inode, so that mounts do not hide them.
 */
export function usersOf(paths: readonly string[]): FileUser[] {
  const wanted = new Set<string | undefined>(paths.map(identityOf));
  wanted.delete(undefined);
  if (wanted.size === 0) return [];
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      namesIn(`/proc/${pid}/fd`).some((file) => wanted.has(identityOf(`/proc/${pid}/fd/${file}`))),
    )
    .map((pid) => ({ pid: Number(pid), name: nameOf(pid) }));
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined; // gone meanwhile, or not ours to look at
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such system, or not ours to look at
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
