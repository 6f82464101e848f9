import { readdirSync, readFileSync } from 'node:fs';

/** What processes and all their children have used. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** The most that was resident, each process at its own time. */
  readonly peakBytes: number;
  readonly threads: number;
}

/** The system counts time in these, and so does `/proc`. */
const ticksASecond = 100;
/** To find the children, every process of the system is looked at: not each time. */
const childrenMs = 1000;

/** Reads what process trees use while they live; what has ended counts with its parent. */
export class UsageAccount {
  readonly #roots: readonly number[];
  #pids: readonly number[] = [];
  #foundMs = Number.NEGATIVE_INFINITY;

  constructor(roots: readonly number[]) {
    this.#roots = roots;
  }

  look(): Usage {
    if (performance.now() - this.#foundMs > childrenMs) {
      this.#pids = withChildren(this.#roots);
      this.#foundMs = performance.now();
    }
    const total = { cpuSeconds: 0, residentBytes: 0, peakBytes: 0, threads: 0 };
    for (const pid of this.#pids) {
      const ticks = statOf(pid)?.slice(11, 15) ?? [];
      total.cpuSeconds += ticks.reduce((sum, field) => sum + Number(field), 0) / ticksASecond;
      const status = readProc(pid, 'status') ?? '';
      total.residentBytes += numberIn(status, 'VmRSS') * 1024;
      total.peakBytes += numberIn(status, 'VmHWM') * 1024;
      total.threads += numberIn(status, 'Threads');
    }
    return total;
  }

  /** How many descriptors are open now. */
  openFiles(): number {
    return this.#pids.reduce((sum, pid) => sum + countOpenFiles(pid), 0);
  }
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

function numberIn(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
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
