import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { until } from './waiting.ts';

const root = join(import.meta.dirname, '../..');
const built = join(root, 'dist/lib/cli/main.js');
const sources = ['--import', 'tsx', join(root, 'lib/cli/main.ts')];

/** A Millrace process. */
export interface Program {
  readonly pid: number;
  /** Everything it wrote to standard output and error so far. */
  readonly output: () => string;
  /** Ends it at once, whatever it does. */
  end(): void;
  /** The same; resolves once it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop, and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Resolves with the exit code when it ends by itself. */
  readonly ended: Promise<number | null>;
}

/** Starts the command line: the build when there is one, else the sources. `within` is a command that runs it. */
export function startProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  within: readonly string[] = [],
): Program {
  const main = existsSync(built) ? [built] : sources;
  return start([...within, process.execPath, ...main, ...words], environment);
}

/** The same from the sources, whether there is a build or not: a build has joined them to a few files. */
export function startSources(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Program {
  return start([process.execPath, ...sources, ...words], environment);
}

function start(
  [command = '', ...rest]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program {
  const child = spawn(command, rest, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  return watch(child);
}

function watch(child: ChildProcess): Program {
  const pieces: string[] = [];
  let isRunning = false;
  const keep = (piece: Buffer): void => {
    pieces.push(piece.toString());
    if (piece.includes('running')) isRunning = true;
    if (pieces.length > 2000) pieces.splice(0, 1000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  let isOver = false;
  const ended = once(child, 'close').then(([code]) => {
    isOver = true;
    return code as number | null;
  });
  return {
    pid: child.pid ?? -1,
    output: () => pieces.join(''),
    end() {
      child.kill('SIGKILL');
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      // Before it listens to signals, one just ends it.
      await until('it does not run', 30_000, () => isOver || isRunning);
      child.kill('SIGTERM');
      return ended;
    },
    ended,
  };
}

/** A TCP port of 127.0.0.1 that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('no port');
}

/** Whether somebody takes connections on a TCP port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
