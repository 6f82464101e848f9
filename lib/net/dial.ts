import net from 'node:net';
import type { Clock } from '../clock.ts';
import { MillraceError } from '../error.ts';

/** Whom to connect to. */
export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** Where the host is, if that is known; else it is looked up. */
  readonly address?: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Opens a TCP connection.
 * @throws MR_NET when there is none within the time, MR_STOPPED when `signal` is aborted
 */
export function dialTcp(
  target: DialTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<net.Socket> {
  const { host, port, address = host, timeoutMs } = target;
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, port, noDelay: true });
    const finish = (error?: MillraceError): void => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      // Later errors are told by `close`; unheard, one would end the process.
      socket.on('error', () => {});
      if (error === undefined) resolve(socket);
      else {
        socket.destroy();
        reject(error);
      }
    };
    const onError = (cause: Error): void => finish(failed(target, cause.message, cause));
    const onAbort = (): void => finish(stopped(target));
    const timer = clock.after(timeoutMs, () =>
      finish(failed(target, `no answer within ${timeoutMs} ms`)),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => finish());
    socket.once('error', onError);
    if (signal.aborted) onAbort();
  });
}

function failed({ host, port }: DialTarget, why: string, cause?: Error): MillraceError {
  return new MillraceError('MR_NET', `cannot connect to ${host}:${port}: ${why}`, { cause });
}

function stopped({ host, port }: DialTarget): MillraceError {
  return new MillraceError('MR_STOPPED', `stopped while connecting to ${host}:${port}`);
}
