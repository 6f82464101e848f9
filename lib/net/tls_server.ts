import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Clock, Timer } from '../clock.ts';
import { closeGently } from './close_gently.ts';
import { type IdentitySource, peerIdentity } from './peer_identity.ts';
import { listenOn, type TcpListener, type TcpListenOptions } from './tcp_server.ts';
import { certificateFault, type PeerFault, tlsFault } from './tls_fault.ts';
import type { TlsKeeper } from './tls_keeper.ts';

/** Which clients a listener lets in by their certificates. */
export interface ClientCertificates {
  readonly identitySource: IdentitySource;
  /** Whether a client of this identity may come in; undefined: all may. */
  readonly admits: ((identity: string) => boolean) | undefined;
}

/** A listener's certificates, and which clients it lets in. */
export interface ServerTls {
  readonly keeper: TlsKeeper;
  /** Undefined: clients need no certificate. */
  readonly clients: ClientCertificates | undefined;
}

/** How a listener speaks TLS. */
export interface TlsListening extends ServerTls {
  readonly handshakeTimeoutMs: number;
  readonly clock: Clock;
  /** Is told of each client that does not come in, and why. */
  readonly onRefused: (address: string, fault: PeerFault, cause?: Error) => void;
  /** What a client is told that TLS itself could not tell. */
  readonly farewell: (fault: PeerFault) => Uint8Array;
}

/** Sessions are not resumed where certificates decide: a resumed one would stand for what was true when it began. */
const noTickets = constants.SSL_OP_NO_TICKET;

/** What makes a server of Node speak TLS as configured. */
export function serverOptions({ keeper, clients }: ServerTls): TlsOptions {
  return {
    ...keeper.options,
    requestCert: clients !== undefined,
    // Judged by `clientFault`, which can say why not.
    rejectUnauthorized: false,
    ...(clients !== undefined && {
      secureOptions: (keeper.options.secureOptions ?? 0) | noTickets,
    }),
  };
}

/**
 * Listens for TLS connections and hands on those that are to be trusted, with the identity of the client if
 * it was asked for. New certificates serve new connections; those that are open go on.
 * @throws MR_NET when the address cannot be listened on
 */
export async function listenTls(
  options: TcpListenOptions,
  listening: TlsListening,
  onConnection: (socket: TLSSocket, identity: string | undefined) => void,
): Promise<TcpListener> {
  const { host, port, sendsKeepalivePackets = false } = options;
  const { keeper, clients, clock, onRefused, farewell } = listening;
  const server = createServer({
    ...serverOptions(listening),
    noDelay: true,
    keepAlive: sendsKeepalivePackets,
  });
  const handshakes = new Handshakes(server, listening);
  server.on('secureConnection', (socket) => {
    // A client that has sent everything is still answered. (Before, an end is an end of the handshake.)
    socket.allowHalfOpen = true;
    socket.on('error', () => {});
    const judged = clients === undefined ? undefined : judgeClient(socket, clients);
    if (typeof judged !== 'object') {
      onConnection(socket, judged);
      return;
    }
    onRefused(addressOf(socket), judged);
    socket.write(farewell(judged));
    closeGently(socket, clock);
  });
  const listener = await listenOn(server, 'TLS', { host, port });
  keeper.watch(() => server.setSecureContext(serverOptions(listening)));
  return {
    port: listener.port,
    stopAccepting() {
      keeper.close();
      listener.stopAccepting();
      handshakes.stop();
    },
  };
}

/** Who a client is by its certificate (undefined: it does not say), or why it is not let in. */
export function judgeClient(
  socket: TLSSocket,
  clients: ClientCertificates,
): string | undefined | PeerFault {
  // A session that goes on from an earlier one counts as authorized even without a certificate.
  if (socket.getPeerX509Certificate() === undefined) {
    return { kind: 'no_certificate', words: 'it has no certificate' };
  }
  if (!socket.authorized) return certificateFault(String(socket.authorizationError));
  const identity = peerIdentity(socket, clients.identitySource);
  if (clients.admits === undefined) return identity;
  if (identity !== undefined && clients.admits(identity)) return identity;
  const whose = identity === undefined ? 'nobody' : `\`${identity}\`, who may not come in`;
  return { kind: 'identity', words: `its certificate names ${whose}` };
}

/** Handshakes of a server that are under way, by the address and port that they come from: each has its time. */
export class Handshakes {
  readonly #listening: Omit<TlsListening, 'farewell'>;
  readonly #pending = new Map<string, { readonly socket: Socket; readonly timer: Timer }>();

  constructor(server: Server, listening: Omit<TlsListening, 'farewell'>) {
    this.#listening = listening;
    server.on('connection', (socket) => this.#begin(socket));
    server.on('tlsClientError', (error, socket) => this.#fail(socket, error));
    server.on('secureConnection', (socket) => this.#finish(keyOf(socket)));
  }

  /** Lets all go. */
  stop(): void {
    const left = [...this.#pending.values()];
    this.#pending.clear();
    for (const { socket, timer } of left) {
      timer.cancel();
      socket.destroy();
    }
  }

  #begin(socket: Socket): void {
    const { clock, handshakeTimeoutMs, onRefused } = this.#listening;
    const key = keyOf(socket);
    // Once it is closed, a socket has no address any more.
    const address = addressOf(socket);
    const timer = clock.after(handshakeTimeoutMs, () => {
      this.#pending.delete(key);
      const words = `it did not finish the handshake within ${handshakeTimeoutMs} ms`;
      onRefused(address, { kind: 'handshake_timeout', words });
      socket.destroy();
    });
    this.#pending.set(key, { socket, timer });
    socket.once('close', () => {
      if (!this.#finish(key)) return;
      onRefused(address, {
        kind: 'connection_lost',
        words: 'it left in the middle of the handshake',
      });
    });
  }

  #fail(socket: TLSSocket, cause: Error): void {
    // What was refused already, for being slow, also fails; what was lost is told when it is closed.
    if (!this.#finish(keyOf(socket))) return;
    const fault = faultOf(socket, cause);
    const lost = {
      kind: 'connection_lost',
      words: `the handshake broke off: ${cause.message}`,
    } as const;
    this.#listening.onRefused(addressOf(socket), fault ?? lost, cause);
    socket.destroy();
  }

  #finish(key: string): boolean {
    this.#pending.get(key)?.timer.cancel();
    return this.#pending.delete(key);
  }
}

function faultOf({ authorizationError }: TLSSocket, cause: Error): PeerFault | undefined {
  // A server that lets Node judge certificates hears no more of it than that the connection is gone.
  if (authorizationError) return certificateFault(String(authorizationError));
  return tlsFault(cause);
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Where a client is; an IPv4 address as such. */
export function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=[\d.]+$)/, '');
}
