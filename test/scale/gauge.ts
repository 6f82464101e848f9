import { readdirSync, readFileSync } from 'node:fs';

/** The most that a process has used. */
export interface Peak {
  readonly residentMegabytes: number;
  readonly openFiles: number;
}

const pauseMs = 20;

/** Watches a process until `stop`. */
export class ProcessGauge {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #residentKilobytes = 0;
  #openFiles = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), pauseMs);
  }

  /** The most until now: of memory by the system's own account, of open files as seen every 20 ms. */
  get peak(): Peak {
    this.#look();
    const residentMegabytes = Math.round(this.#residentKilobytes / 1024);
    return { residentMegabytes, openFiles: this.#openFiles };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    try {
      const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
      const resident = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
      this.#residentKilobytes = Math.max(this.#residentKilobytes, resident);
      const open = readdirSync(`/proc/${this.#pid}/fd`).length;
      this.#openFiles = Math.max(this.#openFiles, open);
    } catch {
      // It has ended.
    }
  }
}
