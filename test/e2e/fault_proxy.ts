import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What a proxy does to a connection. */
export type Fault =
  /** Everything passes, each piece this much later. */
  | { readonly does: 'delay'; readonly ms: number }
  /** The connection is reset when so many bytes have gone to the receiver. */
  | { readonly does: 'reset'; readonly afterBytes: number }
  /** When so many bytes have gone to the receiver, nothing passes any more in either direction, and nobody is told. */
  | { readonly does: 'half_open'; readonly afterBytes: number }
  /** So many bytes at a time pass to the receiver, with this pause between. */
  | { readonly does: 'drip'; readonly bytes: number; readonly pauseMs: number }
  /** Answers come twice. */
  | { readonly does: 'double_acks' }
  /** The first answers never come; all else does. */
  | { readonly does: 'lose_acks'; readonly count: number }
  /** As soon as an answer would come, the connection is reset instead. */
  | { readonly does: 'reset_at_ack' }
  /** Before each answer comes one for a chunk that nobody has sent. */
  | { readonly does: 'foreign_acks' }
  /** Connections are taken, and nothing is read. */
  | { readonly does: 'black_hole' }
  /** Connections are closed at once. */
  | { readonly does: 'refuse' };

/** {"ack": "nobody's"} in MessagePack. */
const foreignAck = Buffer.from('81a361636ba86e6f626f64792773', 'hex');

/** Stands between a sender and a receiver, and does to each connection what `faultOf` says of it. */
export class FaultProxy {
  readonly port: number;
  /** Connections so far. */
  connections = 0;
  /** Answers that did not reach the sender. */
  lostAcks = 0;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  /** `faultOf` gets the number of the connection, from 0; undefined lets it pass as it is. */
  static async start(
    receiverPort: number,
    faultOf: (connection: number) => Fault | undefined,
  ): Promise<FaultProxy> {
    const sockets = new Set<Socket>();
    let proxy: FaultProxy | undefined;
    const server = createServer((sender) => {
      if (proxy === undefined) return;
      const fault = faultOf(proxy.connections);
      proxy.connections += 1;
      keep(sender, sockets);
      if (fault?.does === 'refuse') sender.resetAndDestroy();
      else if (fault?.does !== 'black_hole') {
        const receiver = connect(receiverPort, '127.0.0.1');
        keep(receiver, sockets);
        new Passage(proxy, fault, sender, receiver).open();
      } else sender.pause();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    proxy = new FaultProxy(address.port, server, sockets);
    return proxy;
  }

  private constructor(port: number, server: Server, sockets: ReadonlySet<Socket>) {
    this.port = port;
    this.#server = server;
    this.#sockets = sockets;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function keep(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on('error', () => {});
  socket.once('close', () => sockets.delete(socket));
}

/** One connection through the proxy. */
class Passage {
  readonly #proxy: FaultProxy;
  readonly #fault: Fault | undefined;
  readonly #sender: Socket;
  readonly #receiver: Socket;
  #sentBytes = 0;
  #isDead = false;
  #answers = 0;

  constructor(proxy: FaultProxy, fault: Fault | undefined, sender: Socket, receiver: Socket) {
    this.#proxy = proxy;
    this.#fault = fault;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  open(): void {
    void this.#pass(this.#sender, (bytes) => this.#toReceiver(bytes));
    void this.#pass(this.#receiver, (bytes) => this.#toSender(bytes));
    this.#sender.once('close', () => this.#receiver.destroy());
    this.#receiver.once('close', () => {
      if (!this.#isDead) this.#sender.end();
    });
  }

  async #pass(from: Socket, take: (bytes: Buffer) => Promise<void> | void): Promise<void> {
    try {
      for await (const bytes of from) await take(bytes);
    } catch {
      // One end broke the connection, or the proxy did.
    }
  }

  async #toReceiver(bytes: Buffer): Promise<void> {
    const fault = this.#fault;
    if (this.#isDead) return;
    if (fault?.does === 'delay') await wait(fault.ms);
    if (fault?.does === 'drip') {
      for (let start = 0; start < bytes.length; start += fault.bytes) {
        this.#receiver.write(bytes.subarray(start, start + fault.bytes));
        await wait(fault.pauseMs);
      }
      return;
    }
    const isLimited = fault?.does === 'reset' || fault?.does === 'half_open';
    const left = isLimited ? fault.afterBytes - this.#sentBytes : bytes.length;
    this.#sentBytes += bytes.length;
    this.#receiver.write(bytes.subarray(0, Math.max(0, left)));
    if (bytes.length <= left) return;
    this.#isDead = true;
    if (fault?.does === 'reset') {
      this.#sender.resetAndDestroy();
      this.#receiver.resetAndDestroy();
    }
  }

  async #toSender(bytes: Buffer): Promise<void> {
    const fault = this.#fault;
    if (this.#isDead) return;
    switch (fault?.does) {
      case 'delay':
        await wait(fault.ms);
        break;
      case 'double_acks':
        this.#sender.write(bytes);
        break;
      case 'foreign_acks':
        this.#sender.write(foreignAck);
        break;
      case 'lose_acks':
        this.#answers += 1;
        if (this.#answers > fault.count) break;
        this.#proxy.lostAcks += 1;
        return;
      case 'reset_at_ack':
        this.#proxy.lostAcks += 1;
        this.#isDead = true;
        this.#sender.resetAndDestroy();
        this.#receiver.destroy();
        return;
    }
    this.#sender.write(bytes);
  }
}
