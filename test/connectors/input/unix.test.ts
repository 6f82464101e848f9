import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import unix from '../../../connectors/input/unix.ts';
import type { EventBatch } from '../../../lib/event/batch.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import { TestClient } from './forward_harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-unix-'));
after(() => rmSync(folder, { recursive: true }));
let sockets = 0;

function newPath(): string {
  sockets += 1;
  return join(folder, `${sockets}.sock`);
}

type Options = Exclude<Parameters<typeof unix>[0], undefined>;

interface RunningInput {
  readonly batches: readonly EventBatch[];
  stop(): Promise<void>;
}

async function start(given: Options): Promise<RunningInput> {
  const { plugin, options } = unix(given);
  const context = testContext();
  const controller = new AbortController();
  const batches: EventBatch[] = [];
  const running = plugin.create(options, context).run(async (batch) => {
    batches.push(batch);
    batch.delivery.ack();
  }, controller.signal);
  await Promise.race([context.logged('listening'), running]);
  return {
    batches,
    stop() {
      controller.abort();
      return running;
    },
  };
}

const lawPath = newPath();
inputLaws(
  unix,
  { path: lawPath },
  {
    test,
    async stimulate({ logged }) {
      await logged('listening');
      const client = new TestClient(lawPath);
      client.send(['app', 5, { n: 1 }, { chunk: 'one' }]);
      await Promise.race([client.answered(1), client.closed]);
    },
  },
);

test('events of any mode come in, with tags as configured, and are acknowledged', async () => {
  const path = join(folder, 'made', 'for', 'it.sock');
  const input = await start({ path, addTagPrefix: 'local' });
  const client = new TestClient(path);
  client.send(['a', 5, { n: 1 }, { chunk: 'one' }], ['b', [[5, { n: 2 }]], { chunk: 'two' }]);
  assert.deepEqual(await client.answered(2), [{ ack: 'one' }, { ack: 'two' }]);
  assert.deepEqual(
    input.batches.map(({ tag }) => tag),
    ['local.a', 'local.b'],
  );
  await input.stop();
  await client.closed;
  assert(!existsSync(path), 'the socket is left behind');
});

test('the socket of a process that was killed is replaced', async () => {
  const path = newPath();
  const listen = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await assert.rejects(start({ path }), {
    code: 'MR_NET',
    hint: 'another process listens there',
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert(existsSync(path), 'it left no socket');
  const input = await start({ path });
  const client = new TestClient(path);
  client.send(['a', 5, { n: 1 }, { chunk: 'one' }]);
  assert.deepEqual(await client.answered(1), [{ ack: 'one' }]);
  await input.stop();
});

test('a file that is no socket is left alone', async () => {
  const path = newPath();
  writeFileSync(path, 'kept');
  await assert.rejects(start({ path }), { code: 'MR_NET', message: /another file/ });
  assert(statSync(path).isFile());
});

test('a path that is too long for a socket is an error that says so', async () => {
  const path = join(folder, 'x'.repeat(120));
  await assert.rejects(start({ path }), { code: 'MR_NET', message: /too long/ });
});

test('the socket has the permissions that are asked for', async () => {
  const path = newPath();
  const input = await start({ path, socketPermission: '0620', backlog: 5 });
  assert.equal(statSync(path).mode & 0o777, 0o620);
  await input.stop();
});
