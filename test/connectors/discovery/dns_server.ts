import dgram from 'node:dgram';
import { once } from 'node:events';

/** What a name is answered by. */
export interface Zone {
  readonly srv: {
    readonly [name: string]: readonly {
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }[];
  };
  readonly a: { readonly [name: string]: string };
}

const typeA = 1;
const typeSrv = 33;
const nameError = 3;

/** A DNS server on loopback that knows one zone, which may be changed. */
export class DnsServer {
  zone: Zone;
  readonly #socket = dgram.createSocket('udp4');

  static async start(zone: Zone): Promise<DnsServer> {
    const server = new DnsServer(zone);
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  private constructor(zone: Zone) {
    this.zone = zone;
    this.#socket.on('message', (query, peer) => {
      this.#socket.send(this.#answer(query), peer.port, peer.address);
    });
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #answer(query: Buffer): Buffer {
    const { name, end } = readName(query, 12);
    const type = query.readUInt16BE(end);
    const answers = this.#recordsOf(name, type).map((content) => {
      const head = Buffer.alloc(12);
      // The name of the question, which stands behind the header.
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(content.length, 10);
      return Buffer.concat([head, content]);
    });
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (answers.length === 0 ? nameError : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    return Buffer.concat([header, query.subarray(12, end + 4), ...answers]);
  }

  #recordsOf(name: string, type: number): Buffer[] {
    const address = this.zone.a[name];
    if (type === typeA && address !== undefined) {
      return [Buffer.from(address.split('.').map(Number))];
    }
    if (type !== typeSrv) return [];
    return (this.zone.srv[name] ?? []).map(({ priority, weight, port, target }) => {
      const numbers = Buffer.alloc(6);
      numbers.writeUInt16BE(priority, 0);
      numbers.writeUInt16BE(weight, 2);
      numbers.writeUInt16BE(port, 4);
      return Buffer.concat([numbers, writeName(target)]);
    });
  }
}

function readName(bytes: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function writeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
