import { once } from 'node:events';
import net from 'node:net';
import { decode, encode } from '@msgpack/msgpack';
import forward from '../../../connectors/output/forward.ts';
import { MsgpackSplitter } from '../../../lib/codec/msgpack_splitter.ts';
import type { Output } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { type TestContext, testContext } from '../../../lib/testing/test_context.ts';

type Options = Omit<Parameters<typeof forward>[0], 'server'>;
type Server = Parameters<typeof forward>[0]['server'][number];

/** A PackedForward frame as a receiver sees it. */
export interface Received {
  readonly tag: string;
  readonly packed: Uint8Array;
  readonly options: { readonly [key: string]: unknown };
  readonly socket: net.Socket;
}

/** A receiver that does what a test says, and nothing of its own accord. */
export class TestReceiver {
  readonly frames: Received[] = [];
  readonly sockets: net.Socket[] = [];
  readonly port: number;
  readonly #server: net.Server;
  #waiting: (() => void)[] = [];

  /** `greeting` is sent to every client, `hears: false` reads nothing. */
  static async start(
    settings: {
      readonly port?: number;
      readonly greeting?: Uint8Array;
      readonly hears?: boolean;
    } = {},
  ): Promise<TestReceiver> {
    const server = net.createServer({ pauseOnConnect: settings.hears === false });
    server.listen(settings.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    return new TestReceiver(server, settings.greeting);
  }

  private constructor(server: net.Server, greeting: Uint8Array | undefined) {
    this.#server = server;
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#changed());
      if (greeting !== undefined) socket.write(greeting);
      const splitter = new MsgpackSplitter(1e9);
      if (!socket.isPaused()) socket.on('data', (bytes) => this.#take(socket, splitter, bytes));
      this.#changed();
    });
  }

  #take(socket: net.Socket, splitter: MsgpackSplitter, bytes: Buffer): void {
    splitter.push(bytes);
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
      const [tag, packed, options] = decode(frame) as [string, Uint8Array, Received['options']];
      this.frames.push({ tag, packed, options, socket });
    }
    this.#changed();
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** Resolves with frame number `index` when it has come. */
  async frame(index: number): Promise<Received> {
    await this.until(() => this.frames.length > index);
    const frame = this.frames[index];
    if (frame === undefined) throw new Error('unreachable');
    return frame;
  }

  ack(frame: Received): void {
    frame.socket.write(encode({ ack: frame.options['chunk'] }));
  }

  get openConnections(): number {
    return this.sockets.filter((socket) => !socket.destroyed).length;
  }

  /** Ends all connections and listens no more. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** An output that sends to the given servers. */
export interface TestOutput {
  readonly output: Output;
  readonly clock: TestClock;
  readonly context: TestContext;
  close(): Promise<void>;
}

/** Makes an output with acks required; servers are ports on loopback, or more than that. */
export function makeOutput(
  servers: readonly (number | Omit<Server, 'host'>)[],
  options: Options = {},
): TestOutput {
  const clock = new TestClock();
  const { plugin, options: parsed } = forward({
    requireAckResponse: true,
    ...options,
    server: servers.map((each) => ({
      host: '127.0.0.1',
      ...(typeof each === 'number' ? { port: each } : each),
    })),
  });
  const context = testContext({ clock });
  const output = plugin.create(parsed, context);
  return { output, clock, context, close: async () => output.close?.() };
}
