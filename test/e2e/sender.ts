import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { lineOf } from './tally.ts';

const linesAMessage = 100;

/** A client of a forward input that sends numbered lines of one tag as fast as the socket takes them. */
export class Sender {
  readonly #socket: Socket;
  readonly #tag: string;
  readonly #mostAMs: number;
  #isStopped = false;
  #sent = 0;
  #sending: Promise<void> | undefined;

  /** `mostASecond` holds it back where full speed would only fill the disk. */
  constructor(port: number, tag: string, mostASecond = Number.POSITIVE_INFINITY) {
    this.#socket = connect(port, '127.0.0.1');
    this.#tag = tag;
    this.#mostAMs = mostASecond / 1000;
  }

  /** How many lines the socket has taken. */
  get sent(): number {
    return this.#sent;
  }

  start(): void {
    this.#sending = this.#send();
  }

  /** Sends no more; resolves when the server has taken everything and closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#sending;
    this.#socket.end();
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  async #send(): Promise<void> {
    await once(this.#socket, 'connect');
    // The server sends nothing but its end, which must be read to be seen.
    this.#socket.resume();
    const startMs = performance.now();
    while (!this.#isStopped) {
      const entries = Array.from({ length: linesAMessage }, () => {
        this.#sent += 1;
        return [1_700_000_000, JSON.parse(lineOf(this.#sent))];
      });
      if (!this.#socket.write(encode([this.#tag, entries]))) await once(this.#socket, 'drain');
      const earlyMs = this.#sent / this.#mostAMs - (performance.now() - startMs);
      if (earlyMs > 5) await wait(earlyMs);
    }
  }
}
