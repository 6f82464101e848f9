import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import file from '../../../../connectors/output/file.ts';
import { runCommandLine } from '../../../../lib/cli/command_line.ts';
import { silentLog } from '../../../../lib/log.ts';
import { pipeline } from '../../../../lib/process/embed.ts';
import json from '../../../../operators/formatter/json.ts';
import { packed, writeChunk } from '../../buffer/fluentd/fluentd_files.ts';
import { temporaryFolder } from '../../buffer/rig.ts';
import gush from '../../graph/plugins/input/gush.ts';
import { testTerminal } from '../test_terminal.ts';

function folders(t: TestContext) {
  const base = temporaryFolder(t);
  const from = join(base, 'fluentd');
  mkdirSync(from);
  return { base, from, to: join(base, 'millrace') };
}

/** What `millrace buffer import --from fluentd` prints, and its exit code. */
async function importing(...words: readonly string[]) {
  const terminal = testTerminal();
  const code = await runCommandLine(['buffer', 'import', '--from', 'fluentd', ...words], terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

/** Runs a pipeline whose output has the buffer, until all that lies there is delivered. */
async function deliver(base: string, buffer: string): Promise<void> {
  const running = await pipeline({ rootDir: join(base, 'root') })
    .from(gush, { tag: 'unused', count: 0 })
    .match((m) =>
      m.to(
        file,
        { path: join(base, 'out/${tag}/%Y%m%d-%H.${user}'), append: true, format: json() },
        {
          buffer: {
            type: 'file',
            path: buffer,
            chunkKeys: ['tag', 'time', 'user'],
            timekey: '1h',
            timekeyUseUtc: true,
          },
        },
      ),
    )
    .run({ log: silentLog });
  await running.flush();
  await running.stop();
}

test('an output delivers what was imported, by tag, time and field, and it is not imported again', async (t) => {
  const { base, from, to } = folders(t);
  const key = { tag: 'app.web', timekey: 1_699_999_200 };
  writeChunk(from, 1, { ...key, variables: { user: 'ann' } });
  writeChunk(from, 2, { ...key, variables: { user: 'bob' }, state: 'b' });
  assert.equal((await importing(from, '--to', to)).code, 0);
  await deliver(base, to);
  const written = (): (string | number)[][] =>
    ['ann', 'bob'].map((user) =>
      readFileSync(join(base, `out/app.web/20231114-22.${user}.log`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).n),
    );
  assert.deepEqual(written(), [
    [10, 11, 12],
    [20, 21, 22],
  ]);
  const again = await importing(from, '--to', to, '--delete');
  assert.match(again.out, /^imported 0 chunks .*\nimported before: 2 chunks\n$/);
  assert.deepEqual(readdirSync(from), []);
  await deliver(base, to);
  assert.deepEqual(written(), [
    [10, 11, 12],
    [20, 21, 22],
  ]);
});

test('a dry run tells what would be imported and changes nothing', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { tag: 'app', timekey: 1_699_999_200, variables: { user: 'ann' } });
  writeChunk(from, 2, { hasMeta: false });
  const { code, out } = await importing(from, '--to', to, '--dry-run', '--delete');
  assert.equal(code, 1);
  assert.match(
    out,
    /^FILE .*\nbuffer\.q0+1\.log +queued +app +2023-11-14T22:00:00Z +user=ann +entries +3 +\d+ B\n/,
  );
  assert.match(out, /would import 1 chunk with 3 events, \d+ B into .*\nleft in place: 1 chunk\n$/);
  assert.equal(existsSync(to), false);
  assert.equal(readdirSync(from).length, 3);
});

test('each thing that is wrong is told, and the exit code is 1', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { content: packed(0, 1).subarray(0, 9) });
  writeChunk(from, 2, { count: 5 });
  const { code, err, out } = await importing(from, '--to', to);
  assert.equal(code, 1);
  assert.match(err, /buffer\.q0+1\.log: 0 events imported, 9 bytes put aside: .*not whole\n$/);
  assert.match(out, /^imported 1 chunk with 3 events/);
  assert.match(out, /put aside in .*quarantine: 9 B of 1 chunk\n/);
  assert.match(out, /note: Fluentd had noted 2 events more in 1 chunk than there are\n$/);
});

test('--json prints a line for each chunk', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { tag: 'app', variables: { user: 5 } });
  const { out } = await importing(from, '--to', to, '--json');
  const { chunkId, events, fate, tag, variables } = JSON.parse(out);
  assert.deepEqual([fate, events, tag, variables], ['imported', 3, 'app', { user: '5' }]);
  assert(existsSync(join(to, `${chunkId}.queued`)));
});

test('a buffer that a running process has open is refused, unless forced', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const { from, to } = folders(t);
  const opened = openSync(writeChunk(from, 1), 'r');
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("up")'], {
    stdio: ['pipe', 'pipe', 'ignore', opened],
  });
  t.after(() => child.kill());
  closeSync(opened);
  await once(child.stdout ?? child, 'data');
  const refused = await importing(from, '--to', to);
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    new RegExp(`in use by process ${child.pid} \\(.*stop Fluentd first`, 's'),
  );
  assert.equal(existsSync(to), false);
  assert.equal((await importing(from, '--to', to, '--force')).code, 0);
});
