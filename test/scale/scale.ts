/**
 * Measures the program where there is much of something, one of:
 *
 *     npm run scale -- --backlog 20            GB of sealed chunks
 *     npm run scale -- --chunks 200000         chunk files, sealed; `--staged`: as a kill left them
 *     npm run scale -- --keys 200000           distinct chunk keys, drawn at random; --rate 20000 --seconds 60
 *                                              --durability fsync; `--row 20`: 20 events of each, one key after another
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureKeys } from './many_keys.ts';
import { measureStartUp } from './start_up.ts';

const { values } = parseArgs({
  options: {
    backlog: { type: 'string' },
    chunks: { type: 'string' },
    staged: { type: 'boolean', default: false },
    keys: { type: 'string' },
    rate: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    durability: { type: 'string', default: 'fsync' },
    row: { type: 'string' },
  },
});
const state = values.staged ? 'staged' : 'queued';
const folder = mkdtempSync(join(tmpdir(), 'millrace-scale-'));
const report = (text: string): void => console.log(text);
try {
  if (values.backlog !== undefined) {
    // 8 MB each, in frames of 64 KB.
    const chunks = Math.ceil((Number(values.backlog) * 1e9) / (128 * 64 * 1024));
    const backlog = { chunks, framesAChunk: 128, eventsAFrame: 690, state } as const;
    await measureStartUp(folder, backlog, report);
  }
  if (values.chunks !== undefined) {
    const chunks = Number(values.chunks);
    await measureStartUp(folder, { chunks, framesAChunk: 2, eventsAFrame: 5, state }, report);
  }
  if (values.keys !== undefined) {
    const keys = Number(values.keys);
    const rate = Number(values.rate);
    const seconds = Number(values.seconds);
    const inARow = values.row === undefined ? undefined : Number(values.row);
    const { durability } = values;
    await measureKeys(folder, { keys, rate, seconds, durability, inARow }, report);
  }
} finally {
  rmSync(folder, { recursive: true });
}
