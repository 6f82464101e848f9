import { writeFileSync } from 'node:fs';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { fileOutput, writeChunk } from './file_case.ts';

/*
 * Writes a chunk `before`, then begins the chunk `killed`, says so at the point given and waits to be killed there.
 * Arguments: options as JSON, the state's folder, the point.
 */
const [options = '{}', stateFolder = '', point = ''] = process.argv.slice(2);
const output = fileOutput(JSON.parse(options), stateFolder);
await output.open?.(new AbortController().signal);
await writeChunk(output, 'before', ['before\n']);

const chunk = testChunk({ id: 'killed', pieces: ['one\n', 'two\n'] });
async function* bytes(): AsyncIterable<Uint8Array> {
  if (point === 'begun') await waitToBeKilled();
  for await (const piece of chunk.bytes()) {
    yield piece;
    if (point === 'partly written') await waitToBeKilled();
  }
  if (point === 'written') await waitToBeKilled();
}
await output.write({ ...chunk, bytes }, new AbortController().signal);
await waitToBeKilled();

async function waitToBeKilled(): Promise<never> {
  writeFileSync(1, 'ready');
  setInterval(() => {}, 1000);
  return new Promise(() => {});
}
