import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { relay } from './jobs/relay.ts';
import { describeTally, isWhole } from './tally.ts';

test('with acks from the last of three, killed processes and a lost disk between cost nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-relay-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = (text: string): void => t.diagnostic(text);
  const setup = { folder, lines: 5000, kills: 1, seconds: 6, seed: 1, report };
  const { tally, complaints } = await relay(setup);
  assert.deepEqual(complaints, []);
  assert(isWhole(tally), describeTally(tally));
});
