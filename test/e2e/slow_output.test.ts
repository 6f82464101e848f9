import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { slowOutput } from './jobs/slow_output.ts';
import { describeTally, isWhole } from './tally.ts';

test('a slow output slows its senders, holds no other tag up, grows no memory and loses nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-slow_output-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = (text: string): void => t.diagnostic(text);
  const setup = { folder, lines: 0, kills: 0, seconds: 6, seed: 1, report };
  const { tally, complaints } = await slowOutput(setup);
  assert.deepEqual(complaints, []);
  assert(isWhole(tally), describeTally(tally));
});
