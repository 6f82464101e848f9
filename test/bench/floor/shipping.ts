import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Chunks are sent when they have grown to this. */
export const chunkBytes = 7 << 20;

/** Sends chunks to a server of the forward protocol, each when the one before was acknowledged. */
export class Shipper {
  readonly #socket: Socket;
  #chunks = 0;
  #last: Promise<void>;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#last = once(this.#socket, 'connect').then(() => {});
  }

  /** Resolves with its acknowledgement. */
  ship(entries: Buffer): Promise<void> {
    this.#last = this.#last.then(async () => {
      const id = Buffer.from(`c${this.#chunks++}`);
      const tag = Buffer.from('a.b');
      const head = Buffer.from([0x93, 0xa0 | tag.length, ...tag, 0xc6, 0, 0, 0, 0]);
      head.writeUInt32BE(entries.length, head.length - 4);
      this.#socket.write(head);
      this.#socket.write(entries);
      this.#socket.write(
        Buffer.from([0x81, 0xa5, ...Buffer.from('chunk'), 0xa0 | id.length, ...id]),
      );
      await once(this.#socket, 'data');
    });
    return this.#last;
  }
}
