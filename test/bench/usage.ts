import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all its children have used. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** The most that was resident, each process at its own time. */
  readonly peakBytes: number;
  readonly openFiles: number;
  readonly threads: number;
}

/** The system counts time in these, and so does `/proc`. */
const ticksASecond = 100;

/** Usage of process trees now; what has ended by itself counts with its parent. */
export function usageOf(roots: readonly number[]): Usage {
  const total = { cpuSeconds: 0, residentBytes: 0, peakBytes: 0, openFiles: 0, threads: 0 };
  for (const pid of withChildren(roots)) {
    const fields = statOf(pid);
    const status = readProc(pid, 'status');
    if (fields === undefined || status === undefined) continue;
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    total.cpuSeconds += ticks / ticksASecond;
    total.residentBytes += kilobytes(status, 'VmRSS') * 1024;
    total.peakBytes += kilobytes(status, 'VmHWM') * 1024;
    total.threads += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    total.openFiles += countOpenFiles(pid);
  }
  return total;
}

function withChildren(roots: readonly number[]): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = statOf(Number(name))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = [...roots];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

/** The fields of a process from its state on; its name before them may hold anything. */
function statOf(pid: number): string[] | undefined {
  const text = readProc(pid, 'stat');
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

function countOpenFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
