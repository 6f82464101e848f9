import assert from 'node:assert/strict';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { until } from '../e2e/waiting.ts';
import { ownFolder, recordsIn, runExample } from './running.ts';

function request(path: string): string {
  return `10.0.0.7 - ann [22/Nov/2026:10:00:00 +0000] "GET ${path} HTTP/1.1" 200 5316 "-" "curl/8"\n`;
}

test('the nginx example stores requests by day, without health checks and across a rotation', async (t) => {
  const folder = ownFolder(t);
  const log = join(folder, 'access.log');
  const out = join(folder, 'out');
  writeFileSync(log, request('/one') + request('/health') + request('/two'));
  const program = runExample(t, 'nginx_to_files', {
    NGINX_LOGS: folder,
    MILLRACE_STATE: join(folder, 'state'),
    MILLRACE_OUT: out,
  });
  await until('the first requests are not there', 30_000, () => recordsIn(out).length === 2);
  renameSync(log, `${log}.1`);
  appendFileSync(`${log}.1`, request('/three'));
  writeFileSync(log, request('/four'));
  await until(
    'the requests after the rotation are not there',
    30_000,
    () => recordsIn(out).length === 4,
  );

  const records = recordsIn(out, 'access.2026-11-22');
  assert.deepEqual(records.map((record) => record['path']).sort(), [
    '/four',
    '/one',
    '/three',
    '/two',
  ]);
  const first = records.find((record) => record['path'] === '/one');
  assert.equal(first?.['remote'], '10.0.0.7');
  assert.equal(first?.['code'], '200');
  await program.stopCleanly();
});
