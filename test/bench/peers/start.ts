import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../e2e/waiting.ts';
import type { Load, SinkReport } from './setup.ts';

/** A server of the forward protocol in a process of its own. */
export interface Sink {
  readonly port: number;
  /** How many events it has counted, as of some milliseconds ago. */
  events(): number;
  stop(): void;
}

/** Starts a sink; resolves once it listens. */
export async function startSink(): Promise<Sink> {
  const child = startPeer('forward_sink_child.ts', []);
  let last: SinkReport | undefined;
  child.on('message', (report) => {
    // Both ends of the channel are ours.
    last = report as SinkReport;
  });
  await until('the sink does not listen', 30_000, () => last !== undefined, 10);
  return {
    port: last?.port ?? 0,
    events: () => last?.events ?? 0,
    stop: () => child.disconnect(),
  };
}

/** A sender. */
export interface RunningLoad {
  begin(): void;
  /** Why it gave up. */
  fault(): string | undefined;
  stop(): Promise<void>;
}

/** Starts a sender; resolves once it could begin. */
export async function startLoad(load: Load): Promise<RunningLoad> {
  const child = startPeer(`${load.kind}_load_child.ts`, [JSON.stringify(load)]);
  const ended = once(child, 'exit');
  await once(child, 'message');
  return {
    begin: () => child.send('begin'),
    fault: () => (child.exitCode ? `the sender ended with ${child.exitCode}` : undefined),
    async stop() {
      child.kill();
      await ended;
    },
  };
}

function startPeer(file: string, words: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, file), words, { execArgv: ['--import', 'tsx'] });
}
