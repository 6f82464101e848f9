import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { forwardFile } from './jobs/forward_file.ts';
import { describeTally, isWhole } from './tally.ts';

test('what was acknowledged to a sender without origins arrives once, whatever kills the process', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-forward_file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = (text: string): void => t.diagnostic(text);
  const setup = { folder, lines: 20_000, kills: 20, seconds: 6, seed: 1, report };
  const { tally, complaints } = await forwardFile(setup);
  assert.deepEqual(complaints, []);
  assert(isWhole(tally), describeTally(tally));
});
