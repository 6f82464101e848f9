/** The floor of the relays: entries are stored as they came, acknowledged, and sent on. */
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { ackOf, FrameSplitter, readFrame } from './frames.ts';
import { countValues } from './scan.ts';
import { chunkBytes, Shipper } from './shipping.ts';
import { readTask } from './task.ts';

const { folder, inPort, outPort, events } = readTask();
const shipper = new Shipper(outPort);
const store = openSync(`${folder}/store`, 'a');
const pairHead = Buffer.from([0x92]);
let pieces: Buffer[] = [];
let length = 0;
let seen = 0;

const server = createServer((socket) => {
  const splitter = new FrameSplitter();
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    const from = pieces.length;
    const acks: Buffer[] = [];
    splitter.push(bytes, (message) => {
      const { entries, isSingle, option } = readFrame(message);
      if (isSingle) pieces.push(pairHead);
      pieces.push(entries);
      length += entries.length + (isSingle ? 1 : 0);
      seen += isSingle ? 1 : countValues(entries);
      const ack = ackOf(option);
      if (ack !== undefined) acks.push(ack);
    });
    if (pieces.length === from) return;
    const stored = Buffer.concat(pieces.splice(from));
    pieces.push(stored);
    writeSync(store, stored);
    if (acks.length > 0) socket.write(Buffer.concat(acks));
    if (length > chunkBytes || seen >= events) send();
  });
});
server.listen(inPort, '127.0.0.1');

function send(): void {
  shipper.ship(Buffer.concat(pieces));
  pieces = [];
  length = 0;
}
