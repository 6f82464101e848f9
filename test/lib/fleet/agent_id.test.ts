import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { agentIdIn } from '../../../lib/fleet/agent_id.ts';

test('an id is drawn once and kept', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'worker0', 'agent');
  const id = agentIdIn(path, () => 0.5);
  assert.equal(id, '8888888888888888');
  assert.equal(
    agentIdIn(path, () => 0.9),
    id,
  );
  writeFileSync(path, '');
  assert.equal(
    agentIdIn(path, () => 0.25),
    '4444444444444444',
  );
  writeFileSync(path, 'mine');
  assert.throws(() => agentIdIn(path, () => 0), /holds no id of an agent: expected 16 hex digits/);
  assert.throws(
    () => agentIdIn(join(path, 'below'), () => 0),
    /the id of this agent cannot be kept/,
  );
});
