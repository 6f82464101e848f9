import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isListening } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { LineCount } from './line_count.ts';
import type { Load } from './peers/setup.ts';
import { type RunningLoad, type Sink, startLoad } from './peers/start.ts';
import { UsageAccount } from './usage.ts';

/** A process that is measured. */
export interface TrialProcess {
  /** Arguments of Node. */
  readonly words: readonly string[];
  /** Where its log goes, and its output files: into `out`. */
  readonly folder: string;
  /** What it is sent once it listens. */
  readonly load?: Load | undefined;
}

/** What is measured. */
export interface Trial {
  readonly processes: readonly TrialProcess[];
  /** Counts the events that arrive; without it, lines of the output files are counted. */
  readonly sink?: Sink | undefined;
  /** So many events, and it is over. */
  readonly expected: number;
}

/** What a trial cost. */
export interface Figures {
  readonly events: number;
  /** From the start, or from the first that was sent, until the last event arrived. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** What runs, for whoever watches it for longer. */
export interface RunningTrial {
  readonly account: UsageAccount;
  /** How many events have arrived. */
  events(): number;
  /** What went wrong. */
  fault(): string | undefined;
  stop(): Promise<void>;
}

const lookMs = 50;
/** Without progress for so long, a trial has failed. */
const patienceMs = 60_000;

/** Runs a trial to its end. @throws Error when events are missing. */
export async function measure(trial: Trial): Promise<Figures> {
  const spawnMs = performance.now();
  const running = await startTrial(trial);
  try {
    const startMs = trial.processes.some(({ load }) => load) ? performance.now() : spawnMs;
    let progressMs = performance.now();
    for (let events = 0; ; ) {
      const now = running.events();
      const { cpuSeconds, peakBytes } = running.account.look();
      if (now > events) progressMs = performance.now();
      events = now;
      if (events >= trial.expected) {
        if (events > trial.expected) throw new Error(`${events} events, not ${trial.expected}`);
        return { events, seconds: (progressMs - startMs) / 1000, cpuSeconds, peakBytes };
      }
      const fault = running.fault();
      const isStuck = performance.now() - progressMs > patienceMs;
      if (fault !== undefined || isStuck) {
        throw new Error(`${events} of ${trial.expected} events: ${fault ?? 'no progress'}`);
      }
      await wait(lookMs);
    }
  } finally {
    await running.stop();
  }
}

/** Starts a trial's processes, and what they are sent once all of them listen. */
export async function startTrial({ processes, sink }: Trial): Promise<RunningTrial> {
  const children = processes.map(startProcess);
  const loads: RunningLoad[] = [];
  const fault = (): string | undefined =>
    loads.map((load) => load.fault()).find((text) => text !== undefined) ??
    processes.find((_, index) => hasEnded(children[index]))?.words.join(' ');
  const stop = async (): Promise<void> => {
    await Promise.all(loads.map((load) => load.stop()));
    await Promise.all(children.map(stopProcess));
  };
  try {
    for (const { load, folder } of processes) {
      if (load === undefined) continue;
      const log = join(folder, 'log');
      await until(`nobody listens: ${log}`, 30_000, () => isListening(load.port), 10);
      loads.push(await startLoad(load));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  for (const load of loads) load.begin();
  const counts = processes.map(({ folder }) => new LineCount(join(folder, 'out')));
  const pids = children.flatMap(({ pid }) => pid ?? []);
  const account = new UsageAccount(pids);
  return {
    account,
    events: () => sink?.events() ?? counts.reduce((sum, count) => sum + count.look(), 0),
    fault,
    stop,
  };
}

function startProcess({ words, folder }: TrialProcess): ChildProcess {
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn(process.execPath, words, { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

/** Each lives until it is stopped. */
function hasEnded(child: ChildProcess | undefined): boolean {
  return child?.exitCode !== null || child.signalCode !== null;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(killing);
}
