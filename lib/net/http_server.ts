import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { cannotListen } from './tcp_server.ts';
import {
  addressOf,
  Handshakes,
  judgeClient,
  serverOptions,
  type TlsListening,
} from './tls_server.ts';

/** Where and how to listen. */
export interface HttpListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly backlog?: number | undefined;
  /** Who asks before sending a longer body is told not to. */
  readonly bodyLimitBytes: number;
  /** A connection without a request for so long is closed. */
  readonly keepaliveTimeoutMs: number;
  /** Undefined: plain HTTP. */
  readonly tls?: Omit<TlsListening, 'farewell'> | undefined;
}

/** A server that listens. */
export interface HttpListener {
  readonly port: number;
  /** Takes no more requests; resolves when those in progress are answered, or cut off after `graceMs`. */
  close(clock: Clock, graceMs: number): Promise<void>;
}

/** Whoever sends the head of a request more slowly than this is not a client. */
const headTimeoutMs = 20_000;
const requestTimeoutMs = 300_000;
const checkIntervalMs = 5000;

/**
 * Listens for HTTP requests. Slow heads and bodies are cut off.
 * @throws MR_NET when the address cannot be listened on
 */
export function listenHttp(
  options: HttpListenOptions,
  onRequest: (request: http.IncomingMessage, response: http.ServerResponse) => void,
): Promise<HttpListener> {
  const { host, port, backlog } = options;
  const settings = {
    headersTimeout: headTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkIntervalMs,
    keepAliveTimeout: options.keepaliveTimeoutMs,
    requireHostHeader: false,
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? http.createServer(settings, onRequest)
      : createSecure(settings, tls, onRequest);
  const sockets = watchSockets(server);
  server.on('checkExpectation', (_, response) => refuse(response, 417, ''));
  server.on('checkContinue', (request, response) => {
    if (Number(request.headers['content-length'] ?? 0) > options.bodyLimitBytes) {
      refuse(response, 413, 'Too large');
      return;
    }
    response.writeContinue();
    onRequest(request, response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen('HTTP', host, port, cause)));
    server.listen({ host, port, backlog }, () => {
      server.removeAllListeners('error');
      // After that, an error is one of accepting (too many open files): the next connection may fare better.
      server.on('error', () => {});
      const address = server.address();
      const actual = typeof address === 'object' && address !== null ? address.port : port;
      resolve({ port: actual, close: (clock, graceMs) => close(server, sockets, clock, graceMs) });
    });
  });
}

/** A server with TLS, which lets go of clients that may not come in. */
function createSecure(
  settings: http.ServerOptions,
  tls: Omit<TlsListening, 'farewell'>,
  onRequest: http.RequestListener,
): https.Server {
  const { keeper, clients, onRefused } = tls;
  const server = https.createServer({ ...settings, ...serverOptions(tls) }, onRequest);
  const handshakes = new Handshakes(server, tls);
  server.prependListener('secureConnection', (socket) => {
    const judged = clients === undefined ? undefined : judgeClient(socket, clients);
    if (typeof judged !== 'object') return;
    onRefused(addressOf(socket), judged);
    socket.destroy();
  });
  server.once('listening', () => {
    keeper.watch(() => server.setSecureContext(serverOptions(tls)));
  });
  server.once('closing', () => {
    keeper.close();
    handshakes.stop();
  });
  return server;
}

function refuse(response: http.ServerResponse, status: number, text: string): void {
  const headers = { 'Content-Type': 'text/plain', 'Content-Length': text.length };
  response.writeHead(status, { ...headers, Connection: 'close' }).end(text);
}

/** How many requests each connection has in progress. */
type Sockets = ReadonlyMap<Socket, number>;

function watchSockets(server: http.Server): Sockets {
  const sockets = new Map<Socket, number>();
  const count = (socket: Socket, change: number): void => {
    const requests = sockets.get(socket);
    if (requests !== undefined) sockets.set(socket, requests + change);
  };
  const event = server instanceof https.Server ? 'secureConnection' : 'connection';
  server.on(event, (socket: Socket) => {
    sockets.set(socket, 0);
    socket.once('close', () => sockets.delete(socket));
  });
  const onRequest = ({ socket }: http.IncomingMessage, response: http.ServerResponse): void => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
  };
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
  return sockets;
}

function close(
  server: http.Server,
  sockets: Sockets,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  server.emit('closing');
  return new Promise((resolve) => {
    const timer = clock.after(graceMs, () => server.closeAllConnections());
    server.close(() => {
      timer.cancel();
      resolve();
    });
    // Node itself leaves a connection open on which nothing has come yet.
    for (const [socket, requests] of sockets) if (requests === 0) socket.destroy();
  });
}
