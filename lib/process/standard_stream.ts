import type { Writable } from 'node:stream';
import { systemCode } from '../error.ts';

/** The most that waits for a slow reader of standard output or error before lines are dropped. */
const mostWaitingBytes = 4 * 1024 * 1024;

/** A standard stream that never fails and never grows without bound. */
export interface StandardStream {
  /**
   * Writes. Gives undefined while there is room and else a promise of room, which never rejects. Who does not wait
   * for it finds his text dropped (and counted) at some point; so does everybody when the reader is gone.
   */
  write(text: string | Uint8Array): Promise<void> | undefined;
  /** How many writes were dropped so far. */
  readonly dropped: number;
  /** Why something could not be written, unless the reader went away: the disk of the file that it leads to is full. */
  readonly fault: Error | undefined;
  /** Resolves once everything written is with the reader, or the reader is gone. */
  drained(): Promise<void>;
}

/** Guards `process.stdout` or `process.stderr` against readers that are slow or went away (EPIPE). */
export function guardStream(stream: Writable): StandardStream {
  let isGone = false;
  let dropped = 0;
  let fault: Error | undefined;
  let room: Promise<void> | undefined;
  const awaitRoom = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        room = undefined;
        for (const event of ['drain', 'close', 'error']) stream.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close', 'error']) stream.on(event, done);
    });
  stream.on('error', (error) => {
    if (!isHangUp(error)) fault ??= error;
    if (isHangUp(error) || stream.destroyed) isGone = true;
  });
  return {
    write(text) {
      if (isGone || stream.destroyed || stream.writableLength > mostWaitingBytes) {
        dropped += 1;
        return undefined;
      }
      if (!stream.write(text)) room ??= awaitRoom();
      return room;
    },
    get dropped() {
      return dropped;
    },
    get fault() {
      // The event comes later than the error.
      const { errored } = stream;
      return fault ?? (errored === null || isHangUp(errored) ? undefined : errored);
    },
    drained: () =>
      new Promise((resolve) => {
        if (isGone || stream.destroyed || stream.writableLength === 0) return resolve();
        stream.once('error', () => resolve());
        stream.write('', () => resolve());
      }),
  };
}

/** A terminal that hung up says EIO; both mean that nobody reads any more. */
function isHangUp(error: Error): boolean {
  const code = systemCode(error);
  return code === 'EPIPE' || code === 'EIO';
}
