import net from 'node:net';
import { MillraceError, systemCode, toError } from '../error.ts';

/** Connections that may wait to be accepted: a fleet whose collector comes back connects at once. The system may allow fewer. */
const fleetBacklog = 4096;

/** Where and how to listen. */
export interface TcpListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Ask idle peers whether they are still there. */
  readonly sendsKeepalivePackets?: boolean;
  readonly limit?: ConnectionLimit;
}

/** How many connections there may be. */
export interface ConnectionLimit {
  readonly mostConnections: number;
  /** Is told of one that is closed at once because there are so many. */
  readonly onDropped: (address: string) => void;
}

/** A socket that listens for connections. */
export interface TcpListener {
  readonly port: number;
  /** Accepts no more connections; those that are open go on. */
  stopAccepting(): void;
}

/**
 * Listens for TCP connections. A peer that has sent everything (half-closed) can still be answered: whoever
 * takes the connection closes it, as with `closeGently`.
 * @throws MR_NET when the address cannot be listened on
 */
export function listenTcp(
  options: TcpListenOptions,
  onConnection: (socket: net.Socket) => void,
): Promise<TcpListener> {
  const { sendsKeepalivePackets = false } = options;
  const server = net.createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: sendsKeepalivePackets },
    (socket) => {
      // An error also closes the socket, which is what its owner watches; unheard, it would end the process.
      socket.on('error', () => {});
      onConnection(socket);
    },
  );
  return listenOn(server, 'TCP', options);
}

/**
 * Makes a server listen.
 * @throws MR_NET when the address cannot be listened on
 */
export function listenOn(
  server: net.Server,
  protocol: string,
  options: TcpListenOptions & { readonly backlog?: number | undefined },
): Promise<TcpListener> {
  const { host, port, backlog = fleetBacklog, limit } = options;
  if (limit !== undefined) limitConnections(server, limit);
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(protocol, host, port, cause)));
    server.listen({ host, port, backlog }, () => {
      server.removeAllListeners('error');
      // After that, an error is one of accepting (too many open files): the next connection may fare better.
      server.on('error', () => {});
      const address = server.address();
      const actual = typeof address === 'object' && address !== null ? address.port : port;
      resolve({ port: actual, stopAccepting: () => void server.close() });
    });
  });
}

/** Has a server close connections beyond the limit as soon as they are accepted. */
export function limitConnections(server: net.Server, limit: ConnectionLimit): void {
  server.maxConnections = limit.mostConnections;
  server.on('drop', (dropped) => limit.onDropped(dropped?.remoteAddress ?? ''));
}

/** The error of an address that cannot be listened on, saying what may be wrong. A path has no port. */
export function cannotListen(
  protocol: string,
  host: string,
  port: number | undefined,
  thrown: unknown,
): MillraceError {
  const cause = toError(thrown);
  const where = port === undefined ? host : `${host}:${port}`;
  const hints: { readonly [code: string]: string } = {
    EADDRINUSE: 'another process listens there',
    EACCES: port === undefined ? 'its folder is not writable' : 'ports below 1024 need a privilege',
    EADDRNOTAVAIL: 'no interface of this machine has that address',
  };
  return new MillraceError('MR_NET', `cannot listen on ${protocol} ${where}: ${cause.message}`, {
    cause,
    hint: hints[systemCode(cause) ?? ''],
  });
}
