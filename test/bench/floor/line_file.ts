/** The floor of the jobs from file to file: read a block, make its lines, write them. */
import { openSync, writeSync } from 'node:fs';
import { lineBlocks } from './blocks.ts';
import { lineForms } from './forms.ts';
import { readTask, stay } from './task.ts';

const { form, input, folder } = readTask();
const change = lineForms[form];
if (change === undefined) throw new Error(`no form ${form}`);
const output = openSync(`${folder}/out/log`, 'a');
for (const lines of lineBlocks(input)) {
  let text = '';
  for (const line of lines) {
    const changed = change(line);
    if (changed !== undefined) text += `${changed}\n`;
  }
  writeSync(output, text);
}
stay();
