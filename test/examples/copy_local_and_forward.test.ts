import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { freePort } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { ownFolder, recordsIn, runExample } from './running.ts';

test('the copy example stores locally at once and forwards when the server is there', async (t) => {
  const folder = ownFolder(t);
  const [httpPort, port] = [await freePort(), String(await freePort())];
  const local = join(folder, 'local');
  const remote = join(folder, 'remote');
  const sender = runExample(t, 'copy_local_and_forward', {
    HTTP_PORT: String(httpPort),
    COLLECTOR_PORT: port,
    MILLRACE_OUT: local,
    MILLRACE_STATE: join(folder, 'state'),
  });
  const post = async (): Promise<boolean> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`http://127.0.0.1:${httpPort}/app`, {
      ...init,
      body: '{"n":1}',
    }).catch(() => undefined);
    return answer?.status === 200;
  };
  await until('the event is not accepted', 30_000, post);
  await until('the event is not stored locally', 20_000, () => recordsIn(local).length === 1);
  assert.deepEqual(recordsIn(remote), []);

  const collector = runExample(t, 'collector', {
    COLLECTOR_PORT: port,
    MILLRACE_OUT: remote,
    MILLRACE_STATE: join(folder, 'collector'),
  });
  await until('the event is not forwarded', 60_000, () => recordsIn(remote).length === 1);
  await sender.stopCleanly();
  await collector.stopCleanly();
  assert.deepEqual([recordsIn(local), recordsIn(remote)], [[{ n: 1 }], [{ n: 1 }]]);
});
