import type { Readable } from 'node:stream';
import { guardStream, type StandardStream } from '../process/standard_stream.ts';

/** The standard streams as a command sees them. */
export interface Terminal {
  readonly out: StandardStream;
  readonly err: StandardStream;
  readonly input: Readable;
  /** Whether a person watches: standard error is a terminal. */
  readonly isInteractive: boolean;
}

/** The terminal of this process. Not by importing `node:process`: that reads all its properties, and so opens standard input. */
export function processTerminal(): Terminal {
  return {
    out: guardStream(process.stdout),
    err: guardStream(process.stderr),
    get input() {
      return process.stdin;
    },
    isInteractive: process.stderr.isTTY === true,
  };
}

/** Exit codes of every command. */
export const exitCodes = { ok: 0, failed: 1, wrongUsage: 2 } as const;
