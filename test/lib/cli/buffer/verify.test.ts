import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  addChunk,
  bufferWith,
  chunkPaths,
  damage,
  runBuffer,
  storeIn,
  temporaryFolder,
} from './buffer_rig.ts';

const three = { records: [{ a: 'first' }, { a: 'second' }, { a: 'third' }] };

test('a whole buffer is told as whole', async (t) => {
  const { folder } = await bufferWith(t, [three, { ...three, isStaged: true }]);
  const { code, err, out } = await runBuffer('verify', folder);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /buffer: 2 chunks: 2 whole; 6 events; \d+ B read; not in use\n$/);
});

test('damage is told with its place, its reason and what repair does', async (t) => {
  const { folder, paths } = await bufferWith(t, [three, three]);
  damage(paths[1] ?? '', (bytes) => void bytes.write('X', bytes.indexOf('second')));
  const { code, out } = await runBuffer('verify', folder);
  assert.equal(code, 1);
  const lines = out.split('\n');
  assert.equal(lines[0], `${paths[1]}: damaged; 2 events whole, 1 lost`);
  assert.match(
    lines[1] ?? '',
    /^ {2}\d+ bytes at \d+: no whole frame: a checksum or a length is wrong$/,
  );
  assert.equal(
    lines[2],
    '    repair: puts these bytes aside and keeps the 2 whole events of the chunk',
  );
  assert.match(lines[3] ?? '', /: 2 chunks: 1 whole, 1 damaged; 5 events whole, 1 lost; /);
  const json = await runBuffer('verify', '--json', folder);
  const [whole, damaged, total] = json.lines();
  assert.deepEqual([whole.verdict, damaged.verdict, damaged.lostEvents], ['whole', 'damaged', 1]);
  assert.deepEqual(Object.keys(damaged.damages[0]), [
    'kind',
    'offset',
    'length',
    'reason',
    'remedy',
  ]);
  assert.deepEqual(
    [total.type, total.isWhole, total.damaged, total.lostEvents],
    ['folder', false, 1, 1],
  );
});

test('each kind of damage has a remedy', async (t) => {
  const cases: readonly [RegExp, boolean, (bytes: Buffer) => Uint8Array | undefined][] = [
    [/deletes the file: no event in it was ever acknowledged/, false, () => Buffer.alloc(100)],
    [/puts the file aside: no event in it can be read/, false, () => Buffer.from('rubbish')],
    [/a new head, from the copy in the footer/, false, (bytes) => void bytes.fill(1, 0, 8)],
    [/a new head, with the tag of `--tag`/, true, (bytes) => void bytes.fill(1, 0, 8)],
    [/cuts these bytes off and keeps the 2 events before/, true, (bytes) => bytes.subarray(0, -1)],
    [/cuts these bytes off .* 3 events/, true, (bytes) => Buffer.concat([bytes, Buffer.alloc(9)])],
    [/writes the footer anew/, false, (bytes) => bytes.subarray(0, -1)],
    [/writes the footer anew/, false, (bytes) => bytes.subarray(0, bytes.indexOf('MRE1'))],
  ];
  for (const [remedy, isStaged, change] of cases) {
    const { paths } = await bufferWith(t, [{ ...three, isStaged }]);
    damage(paths[0] ?? '', change);
    const { code, out } = await runBuffer('verify', ...paths);
    assert.equal(code, 1, remedy.source);
    assert.match(out, remedy);
  }
});

test('what a living process is writing is no damage, and what is damaged otherwise is', async (t) => {
  const folder = temporaryFolder(t);
  const store = await storeIn(folder);
  t.after(() => store.close());
  addChunk(store, { ...three, isStaged: true });
  addChunk(store, three);
  const [staged = '', queued = ''] = chunkPaths(folder);
  damage(staged, (bytes) => bytes.subarray(0, -3));
  const writing = await runBuffer('verify', folder);
  assert.equal(writing.code, 0);
  assert.match(
    writing.out,
    /2 chunks: 2 whole; 5 events; .*; 1 being written now; in use by process \d+/,
  );
  const [first] = (await runBuffer('verify', '--json', folder)).lines();
  assert.equal(first.verdict, 'being written');
  damage(queued, (bytes) => void bytes.write('X', bytes.indexOf('second')));
  assert.equal((await runBuffer('verify', folder)).code, 1);
});

test('a living store that writes, seals and purges all the time is never called damaged', async (t) => {
  const folder = temporaryFolder(t);
  const store = await storeIn(folder);
  let isDone = false;
  const writing = async (): Promise<void> => {
    for (let n = 0; n < 200; n += 1) {
      const chunk = addChunk(store, {
        records: [{ n, text: 'x'.repeat(5000) }],
        isStaged: n % 3 > 0,
      });
      await new Promise(setImmediate);
      if (n % 3 === 0) await store.purge(chunk);
    }
    isDone = true;
  };
  const writer = writing();
  while (!isDone) {
    const { code, err, out } = await runBuffer('verify', folder);
    assert.deepEqual([code, err], [0, ''], out);
    assert.equal((await runBuffer('ls', folder)).code, 0);
    assert.equal((await runBuffer('export', folder)).code, 0);
  }
  await writer;
  await store.close();
});

test('what lies beside the chunks is checked too', async (t) => {
  const { folder, paths } = await bufferWith(t, [three]);
  const [path = ''] = paths;
  writeFileSync(join(folder, 'store'), 'rubbish');
  writeFileSync(join(folder, 'origins'), 'rubbish');
  copyFileSync(path, path.replace('.queued', '.staged'));
  mkdirSync(join(folder, 'quarantine'));
  writeFileSync(join(folder, 'quarantine', 'x-5.bytes'), 'x');
  const { code, out } = await runBuffer('verify', folder);
  assert.equal(code, 1);
  assert.match(out, /store: the identity of the store is damaged\n {2}repair: the next start/);
  assert.match(out, /origins: the list of stored origins is damaged/);
  assert.match(
    out,
    /\.staged: another file holds a chunk with the same id\n {2}repair: puts the file aside/,
  );
  assert.match(out, /x-5\.bytes: no file says why it is there/);
  assert.match(out, /; 4 other faults; /);
});

test('a chunk that is not there is an error that says where it was looked for', async (t) => {
  const { folder, paths } = await bufferWith(t, [three]);
  const other = join(folder, `${'0'.repeat(32)}.queued`);
  const { code, err } = await runBuffer('verify', ...paths, other);
  assert.equal(code, 1);
  assert.match(err, /there is no chunk `0{32}` in `.*buffer`/);
});
