/** The floor of the HTTP job: a plain server, and one write for each request. */
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { readTask } from './task.ts';

const { folder, inPort } = readTask();
const output = openSync(`${folder}/out/log`, 'a');
const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    let text = '';
    for (const record of JSON.parse(Buffer.concat(pieces).toString())) {
      text += `${JSON.stringify(record)}\n`;
    }
    writeSync(output, text);
    response.end();
  });
});
server.listen(inPort, '127.0.0.1');
