import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { MillraceError } from '../error.ts';

/** How a fake peer treats connections; it takes everything unless told otherwise. */
export interface PeerBehaviour {
  /** Nobody listens at the port. */
  readonly refuses?: boolean | undefined;
  /** It reads no more of a connection after so many bytes, and leaves it open. */
  readonly stallsAfterBytes?: number | undefined;
  /** It resets a connection after so many bytes: 0 cuts it as it comes. */
  readonly cutsAfterBytes?: number | undefined;
  /** What it says to what it hears. */
  readonly answer?: ((received: Uint8Array) => string | Uint8Array | undefined) | undefined;
}

/** Listens on a free port of the loopback interface, and behaves as told. `await using` closes it. */
export async function fakePeer(behaviour: PeerBehaviour = {}): Promise<FakePeer> {
  const peer = new FakePeer();
  await peer.behave({});
  await peer.behave(behaviour);
  return peer;
}

/** A peer on the loopback interface that keeps what it receives. */
export class FakePeer implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  readonly #received: Uint8Array[] = [];
  readonly #waiters = new Set<() => void>();
  #behaviour: PeerBehaviour = {};
  #port = 0;
  #connections = 0;

  /** The same before and after it refused. */
  get port(): number {
    return this.#port;
  }

  /** How many connections it has had. */
  get connections(): number {
    return this.#connections;
  }

  /** What it has received over all connections, in the order in which it came. */
  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** From now on it behaves like this, for new connections; those that there are stay as they are unless it refuses. */
  async behave(behaviour: PeerBehaviour): Promise<void> {
    this.#behaviour = behaviour;
    if (behaviour.refuses === true) await this.#close();
    else if (!this.#server.listening) {
      this.#server.listen(this.#port, this.host);
      await once(this.#server, 'listening');
      const address = this.#server.address();
      if (typeof address === 'object' && address !== null) this.#port = address.port;
    }
  }

  /** Resolves with all that was received once that is `count` bytes or more. Rejects when it is closed before. */
  async untilReceived(count: number): Promise<Buffer> {
    while (this.received.length < count) {
      if (!this.#server.listening) throw new MillraceError('MR_NET', 'the fake peer is closed');
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
    return this.received;
  }

  /** Closes it, and all its connections. */
  async close(): Promise<void> {
    await this.#close();
    this.#tell();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const { answer, cutsAfterBytes, stallsAfterBytes } = this.#behaviour;
    this.#connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A connection that breaks is what a test may be about.
    socket.on('error', () => {});
    let left = cutsAfterBytes ?? stallsAfterBytes ?? Number.POSITIVE_INFINITY;
    const isCut = cutsAfterBytes !== undefined;
    const take = (bytes: Buffer): void => {
      const taken = bytes.subarray(0, left);
      left -= taken.length;
      this.#received.push(taken);
      const said = answer?.(taken);
      if (said !== undefined) socket.write(said);
      if (left === 0) stop();
      this.#tell();
    };
    const stop = (): void => {
      if (isCut) socket.resetAndDestroy();
      else socket.pause();
    };
    if (left === 0) stop();
    else socket.on('data', take);
  }

  #tell(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}
