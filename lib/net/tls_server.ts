import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
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

/** How a listener speaks TLS. */
export interface TlsListening {
  readonly keeper: TlsKeeper;
  /** Undefined: clients need no certificate. */
  readonly clients: ClientCertificates | undefined;
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
export function serverOptions({ keeper, clients }: TlsListening): TlsOptions {
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
  const handshakes = new Handshakes(listening);
  server.on('connection', (socket) => handshakes.begin(socket));
  server.on('tlsClientError', (error, socket) => handshakes.fail(socket, error));
  server.on('secureConnection', (socket) => {
    handshakes.end(socket);
    // A client that has sent everything is still answered. (Before, an end is an end of the handshake.)
    socket.allowHalfOpen = true;
    socket.on('error', () => {});
    const judged = clients === undefined ? undefined : judge(socket, clients);
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
    },
  };
}

/** Who a client is by its certificate (undefined: it does not say), or why it is not let in. */
function judge(socket: TLSSocket, clients: ClientCertificates): string | undefined | PeerFault {
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

/** Handshakes that are under way, by the address and port that they come from. */
class Handshakes {
  readonly #listening: TlsListening;
  readonly #timers = new Map<string, Timer>();

  constructor(listening: TlsListening) {
    this.#listening = listening;
  }

  begin(socket: Socket): void {
    const { clock, handshakeTimeoutMs, onRefused } = this.#listening;
    const key = keyOf(socket);
    const timer = clock.after(handshakeTimeoutMs, () => {
      this.#timers.delete(key);
      const words = `it did not finish the handshake within ${handshakeTimeoutMs} ms`;
      onRefused(addressOf(socket), { kind: 'handshake_timeout', words });
      socket.destroy();
    });
    this.#timers.set(key, timer);
    socket.once('close', () => this.#finish(key));
  }

  end(socket: Socket): void {
    this.#finish(keyOf(socket));
  }

  fail(socket: TLSSocket, cause: Error): void {
    // What was refused already, for being slow, also fails.
    if (!this.#finish(keyOf(socket))) return;
    const fault = tlsFault(cause) ?? {
      kind: 'connection_lost',
      words: 'it left in the middle of the handshake',
    };
    this.#listening.onRefused(addressOf(socket), fault, cause);
    socket.destroy();
  }

  #finish(key: string): boolean {
    this.#timers.get(key)?.cancel();
    return this.#timers.delete(key);
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=[\d.]+$)/, '');
}
