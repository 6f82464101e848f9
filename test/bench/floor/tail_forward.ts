/** The floor of the job from a file to the forward protocol: lines become entries, which are stored and sent. */
import { openSync, writeSync } from 'node:fs';
import { lineBlocks } from './blocks.ts';
import { chunkBytes, Shipper } from './shipping.ts';
import { readTask } from './task.ts';

const { input, folder, outPort } = readTask();
const shipper = new Shipper(outPort);
const store = openSync(`${folder}/store`, 'a');
// [EventTime, {"message": text of up to 64 KB}]
const head = Buffer.from([
  0x92,
  0xd7,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0x81,
  0xa7,
  ...Buffer.from('message'),
]);
head.writeUInt32BE(1_700_000_000, 3);
const chunk = Buffer.allocUnsafe(chunkBytes + (2 << 20));
let length = 0;
for (const lines of lineBlocks(input)) {
  for (const line of lines) {
    head.copy(chunk, length);
    const textStart = length + head.length + 3;
    const textBytes = chunk.write(line, textStart, 'latin1');
    chunk[textStart - 3] = 0xda;
    chunk.writeUInt16BE(textBytes, textStart - 2);
    length = textStart + textBytes;
  }
  if (length > chunkBytes) await send();
}
if (length > 0) await send();

async function send(): Promise<void> {
  const entries = chunk.subarray(0, length);
  writeSync(store, entries);
  await shipper.ship(entries);
  length = 0;
}
