import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { decodeAckText } from '../../lib/codec/forward.ts';
import { MsgpackSplitter } from '../../lib/codec/msgpack_splitter.ts';

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
  /** Acks come twice. */
  | { readonly does: 'double_acks' }
  /** The first acks never come; all else does. */
  | { readonly does: 'lose_acks'; readonly count: number }
  /** As soon as an ack would come, the connection is reset instead. */
  | { readonly does: 'reset_at_ack' }
  /** Before each ack comes one for a chunk that nobody has sent. */
  | { readonly does: 'foreign_acks' }
  /** Connections are taken, and nothing is read. */
  | { readonly does: 'black_hole' }
  /** Connections are reset at once. */
  | { readonly does: 'refuse' };

/** {"ack": "nobody's"} in MessagePack. */
const foreignAck = Buffer.from('81a361636ba86e6f626f64792773', 'hex');

/** Stands between a sender and a receiver that takes no handshake, and does to each connection what `faultOf` says of it. */
export class FaultProxy {
  readonly port: number;
  /** Connections so far. */
  connections = 0;
  /** The chunks whose acks have not reached the sender, one for each ack. */
  readonly lostAcks: string[] = [];
  readonly #server: Server;
  readonly #passages: ReadonlySet<Passage>;
  /** Whether all acks are lost for the time being. */
  losesAcks = false;

  /** `faultOf` gets the number of the connection, from 0; undefined lets it pass as it is. */
  static async start(
    receiverPort: number,
    faultOf: (connection: number) => Fault | undefined,
  ): Promise<FaultProxy> {
    const passages = new Set<Passage>();
    let proxy: FaultProxy | undefined;
    const server = createServer((sender) => {
      if (proxy === undefined) return;
      const passage = new Passage(proxy, faultOf(proxy.connections), sender);
      proxy.connections += 1;
      passages.add(passage);
      sender.once('close', () => passages.delete(passage));
      passage.open(receiverPort);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    proxy = new FaultProxy(address.port, server, passages);
    return proxy;
  }

  private constructor(port: number, server: Server, passages: ReadonlySet<Passage>) {
    this.port = port;
    this.#server = server;
    this.#passages = passages;
  }

  /** From now on nobody can connect, and the sender's connections break. Acks that still come are lost. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const passage of this.#passages) passage.break();
    await closed;
  }

  /** The end of having stopped. */
  async listenAgain(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }
}

/** One connection through the proxy. */
class Passage {
  readonly #proxy: FaultProxy;
  readonly #fault: Fault | undefined;
  readonly #sender: Socket;
  readonly #receiver = new Socket();
  readonly #answers = new MsgpackSplitter(64 * 1024);
  #sentBytes = 0;
  #ackCount = 0;
  #isDead = false;

  constructor(proxy: FaultProxy, fault: Fault | undefined, sender: Socket) {
    this.#proxy = proxy;
    this.#fault = fault;
    this.#sender = sender;
    for (const socket of [sender, this.#receiver]) socket.on('error', () => {});
  }

  open(receiverPort: number): void {
    if (this.#fault?.does === 'refuse') this.#sender.resetAndDestroy();
    if (this.#fault?.does === 'refuse' || this.#fault?.does === 'black_hole') return;
    this.#receiver.connect(receiverPort, '127.0.0.1');
    void pass(this.#sender, (bytes) => this.#toReceiver(bytes));
    void pass(this.#receiver, (bytes) => this.#toSender(bytes));
    this.#sender.once('close', () => {
      this.#isDead = true;
      // It may still answer what it has.
      this.#receiver.end();
    });
    this.#receiver.once('close', () => {
      if (!this.#isDead) this.#sender.end();
    });
  }

  /** Resets the sender's side. */
  break(): void {
    this.#isDead = true;
    this.#sender.resetAndDestroy();
  }

  async #toReceiver(bytes: Buffer): Promise<void> {
    const fault = this.#fault;
    if (fault?.does === 'delay') await wait(fault.ms);
    const step = fault?.does === 'drip' ? fault.bytes : bytes.length;
    for (let start = 0; start < bytes.length && !this.#isDead; start += step) {
      if (fault?.does === 'drip') await wait(fault.pauseMs);
      this.#write(bytes.subarray(start, start + step));
    }
  }

  #write(bytes: Buffer): void {
    const fault = this.#fault;
    const isLimited = fault?.does === 'reset' || fault?.does === 'half_open';
    const left = isLimited ? fault.afterBytes - this.#sentBytes : bytes.length;
    this.#sentBytes += bytes.length;
    this.#receiver.write(bytes.subarray(0, Math.max(0, left)));
    if (bytes.length <= left) return;
    this.#isDead = true;
    if (fault?.does === 'half_open') return;
    this.#sender.resetAndDestroy();
    this.#receiver.resetAndDestroy();
  }

  async #toSender(bytes: Buffer): Promise<void> {
    this.#answers.push(bytes);
    for (let ack = this.#answers.next(); ack !== undefined; ack = this.#answers.next()) {
      // The splitter's bytes hold until it gets more.
      await this.#answer(Buffer.from(ack));
    }
  }

  async #answer(ack: Buffer): Promise<void> {
    const fault = this.#fault;
    this.#ackCount += 1;
    if (fault?.does === 'delay') await wait(fault.ms);
    if (fault?.does === 'reset_at_ack') this.break();
    const isLost = fault?.does === 'lose_acks' && this.#ackCount <= fault.count;
    if (this.#isDead || isLost || this.#proxy.losesAcks) {
      this.#proxy.lostAcks.push(decodeAckText(ack));
      return;
    }
    if (fault?.does === 'foreign_acks') this.#sender.write(foreignAck);
    if (fault?.does === 'double_acks') this.#sender.write(ack);
    this.#sender.write(ack);
  }
}

async function pass(from: Socket, take: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const bytes of from) await take(bytes);
  } catch {
    // One end broke the connection, or the proxy did.
  }
}
