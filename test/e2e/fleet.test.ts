import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fleet } from './jobs/fleet.ts';

test('two collectors together know every agent of a fleet, and the one that skipped a chunk', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-fleet-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const report = (text: string): void => t.diagnostic(text);
  assert.deepEqual(await fleet({ folder, agents: 60, groups: 6, seconds: 4, report }), []);
});
