import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { freePort } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { ownFolder, recordsIn, runExample } from './running.ts';

test('the agent and collector examples bring log lines from one process to the other, once', async (t) => {
  const folder = ownFolder(t);
  const logs = join(folder, 'logs');
  const out = join(folder, 'out');
  mkdirSync(logs);
  writeFileSync(join(logs, 'a.log'), '{"n":1}\n{"n":2}\n');
  const port = String(await freePort());
  const collectorWorld = {
    COLLECTOR_PORT: port,
    MILLRACE_OUT: out,
    MILLRACE_STATE: join(folder, 'c'),
  };
  const agentWorld = { COLLECTOR_PORT: port, APP_LOGS: logs, MILLRACE_STATE: join(folder, 'a') };
  // The agent comes first: it waits for the collector.
  const agent = runExample(t, 'agent', agentWorld);
  const collector = runExample(t, 'collector', collectorWorld);
  await until('the first lines are not there', 30_000, () => recordsIn(out).length === 2);

  await collector.kill();
  appendFileSync(join(logs, 'a.log'), '{"n":3}\n');
  const successor = runExample(t, 'collector', collectorWorld);
  await until('the line after the kill is not there', 60_000, () => recordsIn(out).length === 3);
  await agent.stopCleanly();
  await successor.stopCleanly();
  assert.deepEqual(
    recordsIn(out, 'app.log').sort((one, other) => Number(one['n']) - Number(other['n'])),
    [1, 2, 3].map((n) => ({ n, host: hostname() })),
  );
});
