import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeEntries } from '../../../../lib/codec/entry_codec.ts';
import { entry, temporaryFolder } from '../rig.ts';
import { idOf, packed, writeChunk } from './fluentd_files.ts';
import { endingAt, importAll, readBuffer, unlock } from './import_rig.ts';

function folders(t: TestContext) {
  const base = temporaryFolder(t);
  const from = join(base, 'fluentd');
  mkdirSync(from);
  return { base, from, to: join(base, 'millrace') };
}

/** What lies in the quarantine: each file's bytes, by name. */
function asideIn(folder: string): Map<string, string> {
  const quarantine = join(folder, 'quarantine');
  return new Map(
    readdirSync(quarantine).map((name) => [name, readFileSync(join(quarantine, name), 'latin1')]),
  );
}

test('a chunk keeps key, time and events', async (t) => {
  const { from, to } = folders(t);
  const variables = { user: 'ann', '$.a.b': 5 };
  writeChunk(from, 1, {
    tag: 'app.web',
    timekey: 1_699_999_200,
    variables,
    createdSec: 1_700_000_007,
  });
  await importAll(from, to);
  assert.deepEqual(await readBuffer(to), [
    {
      tag: 'app.web',
      key: {
        tag: 'app.web',
        timekey: 1_699_999_200,
        variables: new Map<string, unknown>(Object.entries(variables)),
      },
      createdMs: 1_700_000_007_000,
      count: 3,
      content: [10, 11, 12],
    },
  ]);
});

test('chunks are delivered in the order in which Fluentd would have', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { state: 'b' });
  writeChunk(from, 2, { modifiedSec: 300 });
  writeChunk(from, 3, { modifiedSec: 200 });
  await importAll(from, to);
  const contents = (await readBuffer(to)).map(({ content }) => content);
  assert.deepEqual(contents, [
    [30, 31, 32],
    [20, 21, 22],
    [10, 11, 12],
  ]);
});

test('what was imported is not imported again', async (t) => {
  const { from, to } = folders(t);
  for (const number of [1, 2]) writeChunk(from, number);
  await importAll(from, to);
  const again = await importAll(from, to);
  assert.deepEqual(
    again.map(({ count, fate }) => [fate, count]),
    [
      ['repeated', 0],
      ['repeated', 0],
    ],
  );
  assert.equal((await readBuffer(to)).length, 2);
});

test('of a chunk that has grown, only what is new is imported', async (t) => {
  const { from, to } = folders(t);
  const path = writeChunk(from, 1, { state: 'b', content: packed(0, 2) });
  await importAll(from, to);
  appendFileSync(path, packed(2, 4));
  const [grown] = await importAll(from, to);
  assert.equal(grown?.count, 2);
  assert.deepEqual(
    (await readBuffer(to)).map(({ content }) => content),
    [
      [0, 1],
      [2, 3],
    ],
  );
});

test('files are deleted only when asked, and then all that were taken over', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1);
  writeChunk(from, 2, { content: new Uint8Array() });
  writeChunk(from, 3, { hasMeta: false });
  writeFileSync(join(from, 'notes.txt'), 'x');
  writeFileSync(join(from, `buffer.q${idOf(9)}.log.meta`), 'x');
  await importAll(from, to);
  assert.equal(readdirSync(from).length, 7);
  const told = await importAll(from, to, { deletes: true });
  assert.deepEqual(told.map(({ fate }) => fate).sort(), ['empty', 'left', 'repeated']);
  assert.deepEqual(readdirSync(from), [`buffer.q${idOf(3)}.log`, 'notes.txt']);
});

test('a chunk without metadata needs a tag that is given', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { hasMeta: false });
  const [left] = await importAll(from, to);
  assert.equal(left?.fate, 'left');
  assert.match(left?.reason ?? '', /no metadata .* `--tag`/);
  await importAll(from, to, { wish: { tag: 'given' } });
  const [chunk] = await readBuffer(to);
  assert.deepEqual([chunk?.tag, chunk?.content], ['given', [10, 11, 12]]);
});

test('a torn entry is put aside with a reason, and what is before it imported', async (t) => {
  const { from, to } = folders(t);
  const whole = packed(0, 2);
  writeChunk(from, 1, { content: Buffer.concat([whole, packed(2, 3).subarray(0, 7)]) });
  const [torn] = await importAll(from, to, { deletes: true });
  assert.deepEqual([torn?.fate, torn?.count, torn?.asideBytes], ['imported', 2, 7]);
  assert.deepEqual(
    (await readBuffer(to)).map(({ content }) => content),
    [[0, 1]],
  );
  const aside = asideIn(to);
  const name = `${idOf(1)}-${whole.length}`;
  assert.equal(aside.get(`${name}.bytes`)?.length, 7);
  const { reason, tag } = JSON.parse(aside.get(`${name}.reason.json`) ?? '');
  assert.equal(tag, 'a');
  assert.match(reason, /^buffer\.q0+1\.log: .*the last entry is not whole$/);
  assert.deepEqual(readdirSync(from), []);
});

test('a chunk that a power cut filled with zeros is put aside whole', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { content: Buffer.alloc(100) });
  const [zeros] = await importAll(from, to);
  assert.deepEqual([zeros?.fate, zeros?.count, zeros?.asideBytes], ['aside', 0, 100]);
  assert.deepEqual(await readBuffer(to), []);
});

test('gzip members are read, and damage among them costs only what follows', async (t) => {
  const { from, to } = folders(t);
  const members = [gzipSync(packed(0, 2)), gzipSync(packed(2, 3))];
  writeChunk(from, 1, { content: Buffer.concat(members) });
  writeChunk(from, 2, { content: Buffer.concat([...members, Buffer.from('garbage')]) });
  const told = await importAll(from, to);
  assert.deepEqual(
    told.map(({ asideBytes }) => asideBytes > 0),
    [false, true],
  );
  const seen = await readBuffer(to);
  assert.deepEqual(
    seen.map(({ content }) => content),
    [
      [0, 1, 2],
      [0, 1, 2],
    ],
  );
  assert.equal((await importAll(from, to))[1]?.fate, 'repeated');
});

test('zstd is left, since it cannot be read', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { content: Buffer.from('28b52ffd00', 'hex') });
  const [left] = await importAll(from, to, { deletes: true });
  assert.equal(left?.fate, 'left');
  assert.match(left?.reason ?? '', /zstd/);
  assert.equal(readdirSync(from).length, 2);
});

test('what an output had formatted stays as it is, with the number of events that Fluentd noted', async (t) => {
  const { from, to } = folders(t);
  writeChunk(from, 1, { content: Buffer.from('one\nand a half\ntwo\n'), count: 2 });
  const [text] = await importAll(from, to);
  assert.equal(text?.kind, 'text');
  const [chunk] = await readBuffer(to);
  assert.deepEqual([chunk?.count, chunk?.content], [2, 'one\nand a half\ntwo\n']);
});

test('events whose tag was no chunk key need one that is given, and text does not', async (t) => {
  const { base, from } = folders(t);
  const path = writeChunk(from, 1, { tag: null });
  const [left] = await importAll(from, join(base, 'without'), { deletes: true });
  assert.equal(left?.fate, 'left');
  assert.match(left?.reason ?? '', /tag was no chunk key.* `--tag`/);
  assert(existsSync(path));
  await importAll(from, join(base, 'with'), { wish: { tag: 'given' } });
  assert.equal((await readBuffer(join(base, 'with')))[0]?.tag, 'given');
  const [text] = await importAll(from, join(base, 'text'), { wish: { kind: 'text' } });
  assert.equal(text?.fate, 'imported');
});

test('the key in the name of a file_single chunk is its tag, or the field that is named', async (t) => {
  const { base, from } = folders(t);
  writeChunk(from, 1, { hasMeta: false, pattern: 'fsb.app%20x.*.buf' });
  await importAll(from, join(base, 'tagged'));
  assert.equal((await readBuffer(join(base, 'tagged')))[0]?.tag, 'app x');
  await importAll(from, join(base, 'keyed'), { wish: { field: 'user', tag: 'given' } });
  const [keyed] = await readBuffer(join(base, 'keyed'));
  assert.deepEqual(keyed?.key, {
    tag: 'given',
    timekey: undefined,
    variables: new Map([['user', 'app x']]),
  });
});

test('an import may end at any call to the disk: the next one loses and doubles nothing', async (t) => {
  const { base } = folders(t);
  const big = encodeEntries([0, 1, 2].map((n) => entry(n, { text: 'x'.repeat(3_000_000) })));
  const setUp = (name: string): string => {
    const from = join(base, name);
    mkdirSync(from);
    writeChunk(from, 1, { content: Buffer.concat([big, Buffer.from('00', 'hex')]) });
    writeChunk(from, 2);
    writeChunk(from, 3, { state: 'b' });
    return from;
  };
  const whole = endingAt(Number.POSITIVE_INFINITY);
  await importAll(setUp('whole'), join(base, 'to'), { deletes: true, files: whole.files });
  for (let call = 1; call <= whole.calls(); call += 1) {
    const from = setUp(`from${call}`);
    const to = join(base, `to${call}`);
    const { files } = endingAt(call);
    await importAll(from, to, { deletes: true, files }).catch(() => {});
    unlock(to);
    await importAll(from, to, { deletes: true });
    const numbers = (await readBuffer(to)).flatMap(({ content }) => content);
    assert.deepEqual(numbers, [0, 1, 2, 20, 21, 22, 30, 31, 32], `call ${call}`);
    assert.deepEqual(readdirSync(from), [], `call ${call}`);
    assert.equal(asideIn(to).size, 2, `call ${call}`);
  }
});
