import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import net from 'node:net';
import { dirname } from 'node:path';
import { MillraceError, systemCode } from '../error.ts';
import { type ConnectionLimit, cannotListen, limitConnections } from './tcp_server.ts';

/** Where and how to listen. */
export interface UnixListenOptions {
  readonly path: string;
  readonly backlog: number | undefined;
  /** Who may connect, as the permissions of the socket's file; undefined: as the process's umask says. */
  readonly mode: number | undefined;
  readonly limit: ConnectionLimit;
}

/** What a system takes; Node cuts a longer path off without a word. */
const longestPathBytes = process.platform === 'linux' ? 107 : 103;

/** A socket of this machine that listens. */
export interface UnixListener {
  /** Accepts no more connections and removes the file; connections that are open go on. */
  stopAccepting(): void;
}

/**
 * Listens on a Unix socket. The file of a process that is gone is replaced, that of a living one is not.
 * @throws MR_NET when the path cannot be listened on
 */
export async function listenUnix(
  options: UnixListenOptions,
  onConnection: (socket: net.Socket) => void,
): Promise<UnixListener> {
  const { path, backlog, mode, limit } = options;
  await clear(path);
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    // As with TCP: an error also closes the socket; unheard, it would end the process.
    socket.on('error', () => {});
    onConnection(socket);
  });
  limitConnections(server, limit);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, ...(backlog !== undefined && { backlog }) }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve();
    });
  }).catch((cause: unknown) => {
    throw cannotListen('Unix socket', path, undefined, cause);
  });
  // Until then nobody can connect whom a usual umask keeps out.
  if (mode !== undefined) await chmod(path, mode);
  return { stopAccepting: () => void server.close() };
}

/** Makes way for a socket at a path. */
async function clear(path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestPathBytes) {
    const message = `cannot listen on Unix socket ${path}: the path is too long`;
    throw new MillraceError('MR_NET', message, { hint: `at most ${longestPathBytes} bytes` });
  }
  await mkdir(dirname(path), { recursive: true });
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new MillraceError('MR_NET', `cannot listen on Unix socket ${path}: it is another file`, {
      hint: 'give another path, or move the file away',
    });
  }
  if (!(await isAnswered(path))) await unlink(path);
}

/** Whether a process listens on a socket; if it cannot be told, listening will fail. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(systemCode(error) !== 'ECONNREFUSED'));
  });
}
