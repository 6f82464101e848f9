import type { Writable } from 'node:stream';
import { systemCode } from '../error.ts';

/** The most that waits for a slow reader of standard output or error before lines are dropped. */
const mostWaitingBytes = 4 * 1024 * 1024;

/** A standard stream that never fails and never grows without bound. */
export interface StandardStream {
  /** Writes, or drops (and counts) when the reader is too slow or gone. */
  write(text: string | Uint8Array): void;
  /** How many writes were dropped so far. */
  readonly dropped: number;
  /** Resolves once everything written is with the reader, or the reader is gone. */
  drained(): Promise<void>;
}

/** Guards `process.stdout` or `process.stderr`: a reader that went away (EPIPE) is told once by `onGone`. */
export function guardStream(
  stream: Writable,
  onGone: (error: Error) => void = () => {},
): StandardStream {
  let isGone = false;
  let dropped = 0;
  stream.on('error', (error) => {
    if (isGone) return;
    // A terminal that hung up says EIO; both mean that nobody reads any more.
    isGone = systemCode(error) === 'EPIPE' || systemCode(error) === 'EIO' || stream.destroyed;
    if (isGone) onGone(error);
  });
  return {
    write(text) {
      if (isGone || stream.destroyed || stream.writableLength > mostWaitingBytes) dropped += 1;
      else stream.write(text);
    },
    get dropped() {
      return dropped;
    },
    drained: () =>
      new Promise((resolve) => {
        if (isGone || stream.destroyed || stream.writableLength === 0) return resolve();
        stream.once('error', () => resolve());
        stream.write('', () => resolve());
      }),
  };
}
