import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { threeCollectors } from './jobs/three_collectors.ts';
import { describeTally, isWhole } from './tally.ts';

test('of three collectors each is killed under load: nothing is lost, and shares hold before and after', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-three_collectors-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = (text: string): void => t.diagnostic(text);
  const setup = { folder, lines: 0, kills: 0, seconds: 6, seed: 1, report };
  const { tally, complaints } = await threeCollectors(setup);
  assert.deepEqual(complaints, []);
  assert(isWhole(tally), describeTally(tally));
});
