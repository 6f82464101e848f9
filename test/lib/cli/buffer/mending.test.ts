import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { decodeMulti, decodeMultiStream, encode } from '@msgpack/msgpack';
import {
  bufferWith,
  chunkPaths,
  damage,
  runBuffer,
  storeIn,
  temporaryFolder,
} from './buffer_rig.ts';

const records = [{ n: 1 }, { n: 2 }, { n: 3 }];

/** A forward server that acknowledges everything, and the tags and events that it gets. */
async function serve(t: TestContext): Promise<{ where: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer(async (socket) => {
    for await (const frame of decodeMultiStream(socket)) {
      assert(Array.isArray(frame));
      const [tag, packed, { chunk }] = frame;
      seen.push(`${tag} ${[...decodeMulti(packed)].length}`);
      socket.write(encode({ ack: chunk }));
    }
    socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  return { where: `127.0.0.1:${address.port}`, seen };
}

test('repair tells what it mends, and finds nothing the next time', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ records }, { records }]);
  damage(paths[0] ?? '', (bytes) => void bytes.fill(0, 3, 6));
  damage(paths[1] ?? '', (bytes) => bytes.subarray(0, bytes.length - 4));
  const dry = await runBuffer('repair', folder, '--dry-run');
  const first = await runBuffer('repair', folder);
  assert.deepEqual([dry.code, first.code, first.err], [0, 0, '']);
  assert.match(dry.out, /2 chunk files looked at, 2 would be mended, 0 left, \d+ B would go/);
  assert.match(first.out, /^rewritten: .*footer is damaged.*3 events/m);
  assert.match(first.out, /^restored: quarantine\/.*head of the chunk file is damaged.*3 events/m);
  assert.match(first.out, /2 chunk files looked at, 2 mended, 0 left, \d+ B went to quarantine\n$/);
  const again = await runBuffer('repair', folder, '--json');
  assert.deepEqual(again.lines(), [{ folder, isDryRun: false, looked: 2, mended: [], left: [] }]);
});

test('repair fails when a person must decide, and says what', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ records, isStaged: true }]);
  damage(paths[0] ?? '', (bytes) => void bytes.fill(0, 3, 6));
  const untold = await runBuffer('repair', folder);
  assert.equal(untold.code, 1);
  assert.match(untold.out, /^left: quarantine\/.*3 events come back with `--tag TAG`$/m);
  const told = await runBuffer('repair', folder, '--tag', 'app');
  assert.deepEqual([told.code, chunkPaths(folder).length], [0, 1]);
});

test('what is in quarantine can be replayed from there, and is repaired from its buffer', async (t) => {
  const { where, seen } = await serve(t);
  const { folder, paths } = await bufferWith(t, [{ records }, { records }]);
  damage(paths[0] ?? '', (bytes) => void bytes.fill(0, 3, 6));
  const aside = join(folder, 'quarantine');
  mkdirSync(aside);
  renameSync(paths[0] ?? '', (paths[0] ?? '').replace(folder, aside));
  const listed = await runBuffer('ls', aside);
  assert.match(listed.out, / app\n1 chunk .*, 1 in quarantine; not in use\n$/);
  const verified = await runBuffer('verify', aside);
  assert.match(verified.out, /1 damaged; .* 1 other fault/);
  const moved = await runBuffer('move', aside, join(folder, 'x'));
  assert.equal(moved.code, 1);
  const replayed = await runBuffer('replay', aside, '--to', where);
  assert.deepEqual([replayed.code, seen], [0, ['app 3']]);
  const repaired = await runBuffer('repair', aside);
  assert.match(repaired.out, /^restored: quarantine/m);
  assert.deepEqual([repaired.code, chunkPaths(folder), readdirSync(aside).length], [0, paths, 2]);
});

test('a mended file and what is put aside keep the permissions of the chunk', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ records }]);
  const [path = ''] = paths;
  chmodSync(path, 0o640);
  damage(
    path,
    (bytes) => void bytes.fill(0xff, bytes.indexOf('MRF1') + 30, bytes.indexOf('MRF1') + 32),
  );
  await runBuffer('repair', folder);
  const aside = readdirSync(join(folder, 'quarantine')).find((name) => name.endsWith('.bytes'));
  for (const each of [path, join(folder, 'quarantine', aside ?? '')]) {
    assert.equal(statSync(each).mode & 0o777, 0o640);
  }
});

test('folders that root makes belong to the owner of the buffer', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ records }]);
  damage(paths[0] ?? '', (bytes) => bytes.subarray(0, bytes.length - 4));
  chmodSync(folder, 0o750);
  const owner = process.getuid?.() === 0 ? 65_534 : statSync(folder).uid;
  for (const each of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) {
    chownSync(each, owner, statSync(each).gid);
  }
  await runBuffer('repair', folder);
  const to = join(temporaryFolder(t), 'new', 'house');
  await runBuffer('move', folder, to);
  assert.equal(chunkPaths(to).length, 1);
  for (const each of [join(folder, 'quarantine'), to, join(to, '..')]) {
    assert.deepEqual([statSync(each).uid, statSync(each).mode & 0o777], [owner, 0o750], each);
  }
  assert.equal(statSync(join(folder, 'origins')).uid, owner);
});

test('move takes ids, and says what it moved and what it left', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ records }, { records, tag: 'b' }]);
  const to = join(temporaryFolder(t), 'elsewhere');
  const name = (paths[1] ?? '').slice(folder.length + 1);
  const one = await runBuffer('move', folder, to, name.slice(0, 20));
  assert.equal(one.code, 0);
  assert.match(
    one.out,
    /^moved: [0-9a-f]{32} b 3 events\n1 chunk with 3 events moved to .*, 0 left\n$/,
  );
  assert.deepEqual(chunkPaths(to), [join(to, name)]);
  const missing = await runBuffer('move', folder, to, name);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /there is no chunk/);
  damage(paths[0] ?? '', (bytes) => bytes.subarray(0, bytes.length - 4));
  const damaged = await runBuffer('move', folder, to, '--json');
  assert.equal(damaged.code, 1);
  assert.match(damaged.lines()[0].left[0].reason, /`millrace buffer repair` mends it/);
});

test('replay sends chunks and copies of them, and deletes what is acknowledged if told to', async (t) => {
  const { where, seen } = await serve(t);
  const { folder, paths } = await bufferWith(t, [{ records }, { formatted: ['text\n'] }]);
  const copy = join(temporaryFolder(t), 'copy');
  writeFileSync(copy, readFileSync(paths[0] ?? ''));
  const first = await runBuffer('replay', folder, copy, '--to', where, '--tag', 'told');
  assert.equal(first.code, 1);
  assert.match(first.out, /^left: .*1 event as an output's `format` made them/m);
  assert.match(first.out, /^2 chunks with 6 events sent, 1 left\n$/m);
  assert.deepEqual(seen, ['told 3', 'told 3']);
  const second = await runBuffer('replay', paths[0] ?? '', '--to', where, '--delete', '--json');
  assert.deepEqual([second.code, second.lines()[0].replayed[0].isDeleted], [0, true]);
  assert.deepEqual([existsSync(paths[0] ?? ''), seen.at(-1)], [false, 'app 3']);
});

test('replay says what was sent before the server was gone, and fails', async (t) => {
  const { folder, paths } = await bufferWith(t, [{ records }]);
  const result = await runBuffer('replay', folder, '--to', '127.0.0.1:1', '--delete');
  assert.equal(result.code, 1);
  assert.match(result.out, /^0 chunks with 0 events sent/);
  assert.match(result.err, /MR_NET/);
  assert.deepEqual(chunkPaths(folder), paths);
});

test('a folder in use, or none at all, is refused by each of them', async (t) => {
  const folder = join(temporaryFolder(t), 'buffer');
  const store = await storeIn(folder);
  const other = join(temporaryFolder(t), 'other');
  const commands = [
    ['repair', folder],
    ['repair', folder, '--dry-run'],
    ['move', folder, other],
    ['replay', folder, '--to', '127.0.0.1:1'],
  ];
  for (const words of commands) {
    const { code, err } = await runBuffer(...words);
    assert.equal(code, 1);
    assert.match(err, /in use by/);
    const { err: missing } = await runBuffer(
      ...words.map((word) => word.replace(folder, '/no/where')),
    );
    assert.match(missing, /\/no\/where/);
  }
  await store.close();
});

test('a folder that is no buffer is refused, and nothing is written there', async (t) => {
  const folder = temporaryFolder(t);
  for (const words of [['repair'], ['move', '/tmp/x'], ['replay', '--to', '127.0.0.1:1']]) {
    const [command = '', ...more] = words;
    const { code, err } = await runBuffer(command, folder, ...more);
    assert.equal(code, 1);
    assert.match(err, /is no buffer folder, and none is below it/);
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('a place to send to must have a port', async () => {
  for (const place of ['localhost', 'localhost:0', ':24224', '1:2:3']) {
    assert.equal((await runBuffer('replay', '/tmp', '--to', place)).code, 2);
  }
});
