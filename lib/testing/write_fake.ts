import { whenAborted } from '../clock.ts';
import { MillraceError, PartialFailure } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import type { Chunk } from '../plugin/contract.ts';

/** What happens to a chunk before it is written: a throw is a failed attempt, a promise a slow one. */
export type WriteFake = (chunk: Chunk, signal: AbortSignal) => Promise<void> | void;

/** Fails the first `times` attempts, whichever chunks they are of. */
export function failing(
  times: number,
  cause: Error = new MillraceError('MR_OUTPUT', 'the destination fails'),
): WriteFake {
  let left = times;
  return () => {
    left -= 1;
    if (left >= 0) throw cause;
  };
}

/** A fake that lets nothing through until it is released. */
export interface StallingFake {
  (chunk: Chunk, signal: AbortSignal): Promise<void>;
  /** Lets through what waits, and all that comes. */
  release(): void;
  /** How many attempts wait now. */
  readonly waiting: number;
}

/** Holds every attempt until it is released, or given up. */
export function stalling(): StallingFake {
  let waiting = 0;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stall = async (_chunk: Chunk, signal: AbortSignal): Promise<void> => {
    waiting += 1;
    await Promise.race([released, whenAborted(signal)]);
    waiting -= 1;
    signal.throwIfAborted();
  };
  return Object.defineProperty(Object.assign(stall, { release, waiting }), 'waiting', {
    get: () => waiting,
  });
}

/** Refuses the entries for which `reason` gives one, and lets the others through. */
export function refusing(reason: (entry: Entry) => string | undefined): WriteFake {
  return async (chunk) => {
    const rejected: { readonly index: number; readonly reason: string }[] = [];
    let index = 0;
    for await (const entries of chunk.entries()) {
      for (const entry of entries) {
        const why = reason(entry);
        if (why !== undefined) rejected.push({ index, reason: why });
        index += 1;
      }
    }
    if (rejected.length > 0) throw new PartialFailure(rejected);
  };
}
