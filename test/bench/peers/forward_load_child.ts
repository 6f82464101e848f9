/** A sender of the forward protocol, as fast as the other side takes and acknowledges; its messages are made before. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { seededRandom } from '../../../lib/testing/seeded_random.ts';
import { lineMakers } from '../inputs.ts';
import type { ForwardLoad } from './setup.ts';
import { startSignal } from './signal.ts';

const bodies = 16;
/** A connection waits with more messages than this for their acks. */
const windowMessages = 8;
const waveConnections = 100;
const load: ForwardLoad = JSON.parse(process.argv[2] ?? '');
const { eventsAMessage, connections } = load;
const messages =
  load.events === undefined ? Number.POSITIVE_INFINITY : load.events / eventsAMessage;
const random = seededRandom(1);
const isAcked = load.mode === 'packed';
const prepared = Array.from({ length: bodies }, (_, index) => makeBody(index));
const tagHeads = Array.from({ length: load.tags }, (_, index) =>
  Buffer.from([0x93, ...encode(load.tags === 1 ? 'a.b' : `a.b${index}`)]),
);

const sockets: Socket[] = [];
while (sockets.length < connections) sockets.push(...(await connectWave()));
await startSignal();
await Promise.all(sockets.map(run));

/** A few at a time, for a server's queue of those that wait to be accepted is short. */
function connectWave(): Promise<Socket[]> {
  const length = Math.min(waveConnections, connections - sockets.length);
  return Promise.all(
    Array.from({ length }, async () => {
      const socket = connect(load.port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }),
  );
}

async function run(socket: Socket, connection: number): Promise<void> {
  let waiting = 0;
  let wake = (): void => {};
  socket.on('data', (bytes: Buffer) => {
    for (let at = bytes.indexOf('ack'); at >= 0; at = bytes.indexOf('ack', at + 1)) waiting -= 1;
    wake();
  });
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  for (let message = connection; message < messages; message += connections) {
    const hasRoom = socket.write(isAcked ? framed(message) : (prepared[message % bodies] ?? ''));
    if (!hasRoom) await once(socket, 'drain');
    if (isAcked) waiting += 1;
    while (waiting >= windowMessages) await woken();
  }
  while (waiting > 0) await woken();
  socket.end();
}

function framed(message: number): Buffer {
  const body = prepared[message % bodies] ?? Buffer.alloc(0);
  const tag = tagHeads[message % load.tags] ?? Buffer.alloc(0);
  const chunk = `${process.pid}-${message}`;
  return Buffer.concat([tag, body, encode({ size: eventsAMessage, chunk })]);
}

/** The packed entries of a message, or many messages of one entry each. */
function makeBody(index: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (let event = 0; event < eventsAMessage; event += 1) {
    const time = Buffer.from([0xd7, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    time.writeUInt32BE(1_700_000_000 + index, 2);
    time.writeUInt32BE(event * 1000, 6);
    if (isAcked) pieces.push(Buffer.from([0x92]));
    else pieces.push(Buffer.from([0x93]), encode('a.b'));
    pieces.push(time, encode(makeRecord(index * eventsAMessage + event)));
  }
  const entries = Buffer.concat(pieces);
  if (!isAcked) return entries;
  const head = Buffer.from([0xc6, 0, 0, 0, 0]);
  head.writeUInt32BE(entries.length, 1);
  return Buffer.concat([head, entries]);
}

function makeRecord(index: number): unknown {
  if (load.recordBytes !== undefined) return { text: 'x'.repeat(load.recordBytes) };
  return JSON.parse(lineMakers.json(index, random));
}
