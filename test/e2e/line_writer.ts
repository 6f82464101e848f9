/**
 * Writes numbered lines to a file as fast as it can, as a program that logs would, and rotates by rename and
 * create on the way: node line_writer.ts PATH FIRST LAST ROTATIONS
 */
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { lineOf } from './tally.ts';

const [path = '', first = '1', last = '0', rotations = '0'] = process.argv.slice(2);
const from = Number(first);
const to = Number(last);
const files = Number(rotations) + 1;
let descriptor = openSync(path, 'a');
let waiting = '';
for (let number = from; number <= to; number += 1) {
  waiting += `${lineOf(number)}\n`;
  // Cut where lines are not: a reader sees half a line at times.
  if (waiting.length >= 65_536) {
    writeSync(descriptor, waiting.slice(0, 65_536));
    waiting = waiting.slice(65_536);
  }
  if (number < to && isEndOfFile(number)) rotate(number);
}
writeSync(descriptor, waiting);
closeSync(descriptor);

function isEndOfFile(number: number): boolean {
  const part = (count: number): number => Math.floor((count * files) / (to - from + 1));
  return part(number - from) !== part(number - from + 1);
}

function rotate(number: number): void {
  writeSync(descriptor, waiting);
  waiting = '';
  closeSync(descriptor);
  renameSync(path, `${path}.${number}`);
  descriptor = openSync(path, 'a');
}
