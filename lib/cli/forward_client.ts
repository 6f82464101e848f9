import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeAck, encodeChunk, packedFrameHead, packedFrameTail } from '../codec/forward.ts';
import { MsgpackSplitter } from '../codec/msgpack_splitter.ts';
import { MillraceError, toError } from '../error.ts';
import type { Origin } from '../event/origin.ts';

const longestAnswerBytes = 4096;

/** Where the events go, and how patiently. */
export interface ForwardTarget {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** A connection to a forward server for one program's own events: one frame at a time. */
export class ForwardClient {
  readonly #socket: Socket;
  readonly #where: string;
  readonly #failed: Promise<never>;

  private constructor(socket: Socket, where: string) {
    this.#socket = socket;
    this.#where = where;
    this.#failed = new Promise((_, reject) => {
      const fail = (why: string, cause?: unknown): void =>
        reject(new MillraceError('MR_NET', `${where}: ${why}`, { cause }));
      socket.on('error', (error) => fail(error.message, error));
      socket.on('timeout', () => {
        fail('no answer in time');
        socket.destroy();
      });
      socket.on('close', () => fail('the server closed the connection'));
    });
    // Whoever waits sees it; a failure that comes between frames is seen with the next one.
    this.#failed.catch(() => {});
  }

  /** @throws MR_NET when there is no connection in time */
  static async open({ host, port, timeoutMs }: ForwardTarget): Promise<ForwardClient> {
    const socket = connect({ host, port, timeout: timeoutMs });
    const client = new ForwardClient(socket, `${host}:${port}`);
    await Promise.race([once(socket, 'connect'), client.#failed]).catch((error) => {
      // `once` itself rejects with the socket's bare error, which does not say where.
      throw error instanceof MillraceError
        ? error
        : new MillraceError('MR_NET', `${host}:${port}: ${toError(error).message}`, {
            cause: error,
          });
    });
    return client;
  }

  /**
   * Sends packed entries of a tag; with a chunk name, resolves when the server says that it has stored them. With an
   * origin, a Millrace that has stored it does not do so again. @throws MR_NET
   */
  async send(
    tag: string,
    packed: Uint8Array,
    size: number,
    chunk?: string,
    origin?: Origin,
  ): Promise<void> {
    const name = chunk === undefined ? undefined : encodeChunk(chunk);
    const acked = name === undefined ? undefined : this.#ack(name);
    this.#socket.cork();
    this.#socket.write(packedFrameHead(tag, packed.length));
    this.#socket.write(packed);
    const hasRoom = this.#socket.write(packedFrameTail({ size, chunk: name, origin }));
    this.#socket.uncork();
    await Promise.race([
      acked ?? (hasRoom ? undefined : once(this.#socket, 'drain')),
      this.#failed,
    ]);
  }

  /** Resolves when everything is on its way and the connection is closed. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.end();
    this.#socket.resume();
    await closed;
  }

  /** Gives up: nothing more is sent or awaited. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #ack(chunk: Uint8Array): Promise<void> {
    const splitter = new MsgpackSplitter(longestAnswerBytes);
    for (;;) {
      const [bytes] = await Promise.race([once(this.#socket, 'data'), this.#failed]);
      splitter.push(bytes);
      const answer = splitter.next();
      if (answer === undefined) continue;
      if (Buffer.compare(decodeAck(answer), chunk) === 0) return;
      throw new MillraceError('MR_PROTOCOL', `${this.#where}: it acknowledged another chunk`);
    }
  }
}
