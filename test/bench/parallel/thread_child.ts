/** A worker thread: gets blocks of lines and gives back what is made of them, both handed over without a copy. */
import { parentPort, workerData } from 'node:worker_threads';
import { works } from './work.ts';

const work = works[String(workerData)]?.begin();
parentPort?.on('message', (lines: Uint8Array) => {
  const made = work?.(Buffer.from(lines.buffer, lines.byteOffset, lines.length));
  if (made !== undefined) parentPort?.postMessage(made, transferable(made));
});
parentPort?.postMessage('ready');

/** What shares its memory with others must be copied after all. */
function transferable(bytes: Uint8Array): ArrayBuffer[] {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength < bytes.length * 2 ? [buffer] : [];
}
