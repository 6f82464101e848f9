import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { twoHops } from './jobs/two_hops.ts';
import { describeTally, isWhole } from './tally.ts';

test('a log arrives once over two processes that are killed on the way', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-two_hops-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = (text: string): void => t.diagnostic(text);
  const setup = { folder, lines: 20_000, kills: 2, seconds: 6, seed: 1, report };
  const { tally, complaints } = await twoHops(setup);
  assert.deepEqual(complaints, []);
  assert(isWhole(tally), describeTally(tally));
});
