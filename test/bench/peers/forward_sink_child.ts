/** A server of the forward protocol that counts the events, acknowledges, and reports to who started it. */
import { createServer } from 'node:net';
import { ackOf, FrameSplitter, readFrame } from '../floor/frames.ts';
import { countValues } from '../floor/scan.ts';
import type { SinkReport } from './setup.ts';

const reportMs = 20;
let events = 0;
let reported = -1;

const server = createServer((socket) => {
  const splitter = new FrameSplitter();
  socket.on('error', () => {});
  socket.on('data', (bytes) =>
    splitter.push(bytes, (message) => {
      const { entries, isSingle, option } = readFrame(message);
      events += isSingle ? 1 : countValues(entries);
      const ack = ackOf(option);
      if (ack !== undefined) socket.write(ack);
    }),
  );
});
server.listen(0, '127.0.0.1', () => setInterval(report, reportMs));
process.on('disconnect', () => process.exit());

function report(): void {
  const address = server.address();
  if (events === reported || address === null || typeof address === 'string') return;
  const { port } = address;
  reported = events;
  process.send?.({ port, events } satisfies SinkReport);
}
