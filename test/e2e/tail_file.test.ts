import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { tailFile } from './jobs/tail_file.ts';
import { describeTally, isWhole } from './tally.ts';

test('a log that is rotated, copied and truncated arrives once, whatever kills the process', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tail_file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = (text: string): void => t.diagnostic(text);
  const setup = { folder, lines: 20_000, kills: 20, seconds: 6, seed: 1, report };
  const { tally, complaints } = await tailFile(setup);
  assert.deepEqual(complaints, []);
  assert(isWhole(tally), describeTally(tally));
});
