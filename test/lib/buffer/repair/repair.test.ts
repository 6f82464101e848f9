import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import { headLength } from '../../../../lib/buffer/store/chunk_head.ts';
import {
  folder,
  kill,
  onlyChunkPath,
  openStore,
  originAt,
  quarantined,
  textOf,
} from '../store/store_rig.ts';
import {
  damagesIn,
  delivered,
  diskWithChunk,
  endsIn,
  keptIn,
  putOnly,
  remediesOf,
  repair,
  texts,
} from './repair_rig.ts';

const all = texts.join('');

test('a buffer that is whole is left as it is', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const before = Buffer.from(disk.contentOf(path));
    assert.deepEqual(await repair(disk), { looked: 1, mended: [], left: [] });
    assert.deepEqual(disk.contentOf(path), before);
    assert.equal((await delivered(disk)).text, all);
  }
});

test('after a repair of any flipped byte only the touched frame is missing, and lies in quarantine', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const whole = Buffer.from(disk.contentOf(path));
    const ends = endsIn(whole);
    for (const [at, byte] of whole.entries()) {
      const where = `byte ${at}, sealed: ${isSealed}`;
      const damaged = Buffer.from(whole);
      damaged[at] = byte ^ (1 << (at & 7));
      putOnly(disk, path, damaged);
      const report = await repair(disk, { tag: 'a' });
      assert.deepEqual(report.left, [], where);
      assert.equal(report.mended.length, 1, where);
      assert.deepEqual(await damagesIn(disk), [], where);
      const stretch = ends.findIndex((end) => at < end);
      const isFrame = stretch >= 1 && stretch <= 3;
      const { text, complaints, rig } = await delivered(disk);
      assert.equal(text, isFrame ? texts.toSpliced(stretch - 1, 1).join('') : all, where);
      assert.deepEqual(complaints, [], where);
      const positions = rig.origins.reduce((sum, { begin, end }) => sum + end - begin, 0);
      assert.equal(positions, isFrame ? 2 : 3, where);
      const kept = [...keptIn(disk).values()];
      const from = stretch === 0 ? 0 : (ends[stretch - 1] ?? 0);
      assert.deepEqual(kept, [damaged.toString('latin1', from, ends[stretch])], where);
      assert.equal(quarantined(disk).length, 2, where);
      kill(disk);
    }
  }
});

test('after a repair of a file cut at any length all whole frames are there, and the rest is in quarantine', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const whole = Buffer.from(disk.contentOf(path));
    const ends = endsIn(whole);
    for (let length = 0; length < whole.length; length += 1) {
      const where = `length ${length}, sealed: ${isSealed}`;
      putOnly(disk, path, whole.subarray(0, length));
      const report = await repair(disk, { tag: 'a' });
      assert.deepEqual(report.left, [], where);
      assert.deepEqual(await damagesIn(disk), [], where);
      const frames = Math.max(0, Math.min(4, ends.filter((end) => end <= length).length) - 1);
      const { text, complaints } = await delivered(disk);
      assert.equal(text, texts.slice(0, frames).join(''), where);
      assert.deepEqual(complaints, [], where);
      const kept = [...keptIn(disk).values()].join('');
      const last = ends.findLast((end) => end <= length) ?? 0;
      const lost = frames === 0 ? 0 : last;
      const isHeadAlone = length === ends[0];
      assert.equal(kept, isHeadAlone ? '' : whole.toString('latin1', lost, length), where);
      kill(disk);
    }
  }
});

test('zeros that a power cut left behind the frames are cut off and not kept', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const bytes = disk.contentOf(path);
    const frames = isSealed ? bytes.subarray(0, bytes.indexOf('MRE1')) : bytes;
    putOnly(disk, path, Buffer.concat([frames, Buffer.alloc(5000)]));
    const { mended } = await repair(disk);
    assert.deepEqual(remediesOf(mended), [isSealed ? 'rewritten' : 'cut']);
    assert.deepEqual(quarantined(disk), []);
    const { text, complaints } = await delivered(disk);
    assert.deepEqual([text, complaints], [all, []]);
  }
});

test('a file of zeros is deleted', async () => {
  const { disk, path } = await diskWithChunk(true);
  putOnly(disk, path, Buffer.alloc(100));
  const { mended } = await repair(disk);
  assert.deepEqual(remediesOf(mended), ['removed']);
  assert.equal(onlyChunkPath(disk), '');
  assert.deepEqual(quarantined(disk), []);
});

test('a chunk that was put aside for its head comes back with the head that its footer keeps', async () => {
  const { disk, path } = await diskWithChunk(true);
  const whole = Buffer.from(disk.contentOf(path));
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, 0, 40);
  putOnly(disk, path, damaged);
  // A start finds it and puts it aside.
  assert.equal((await delivered(disk)).text, '');
  assert.equal(onlyChunkPath(disk), '');
  const { mended, left } = await repair(disk);
  assert.deepEqual([remediesOf(mended), left], [['restored'], []]);
  assert.deepEqual(disk.contentOf(path), whole);
  const { text, rig, complaints } = await delivered(disk);
  assert.deepEqual([text, complaints], [all, []]);
  assert.deepEqual(rig.origins, [{ ...originAt(0, { end: 3 }), count: 3 }]);
  assert.deepEqual([...keptIn(disk).keys()].length, 1, 'the damaged head is kept');
});

test('without a footer the tag must be told, and what is missing besides is said', async () => {
  const { disk, path } = await diskWithChunk(false);
  const damaged = Buffer.from(disk.contentOf(path));
  damaged.fill(0xff, 0, 40);
  putOnly(disk, path, damaged);
  const first = await repair(disk);
  assert.deepEqual(first.mended, []);
  assert.match(first.left[0]?.reason ?? '', /3 events come back with `--tag TAG`/);
  const second = await repair(disk, { tag: 'told' });
  assert.deepEqual(second.left, []);
  assert.match(second.mended[0]?.missing.join() ?? '', /time slice/);
  const { store, queued } = await openStore(disk);
  const [chunk] = queued;
  assert(chunk !== undefined);
  const head = await store.prepare(chunk);
  assert.deepEqual([head?.tag, head?.isFormatted], ['told', true]);
  assert.equal(await textOf(store, chunk), all);
});

test('a dry run tells the same and changes nothing', async () => {
  const { disk, path } = await diskWithChunk(true);
  const whole = Buffer.from(disk.contentOf(path));
  for (const at of [3, whole.indexOf('second'), whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    putOnly(disk, path, damaged);
    const lock = `${folder}/lock`;
    disk.put(lock, Buffer.from('what a dead process left'));
    const { mended: told } = await repair(disk, { isDryRun: true });
    assert.deepEqual(
      disk.paths.filter((each) => each.startsWith(folder)),
      [path, lock],
    );
    assert.deepEqual(disk.contentOf(path), damaged);
    assert.deepEqual(remediesOf(told), remediesOf((await repair(disk)).mended));
  }
});

test('two files of one chunk, and a later version, are left for a person', async () => {
  const { disk, path } = await diskWithChunk(true);
  const bytes = Buffer.from(disk.contentOf(path));
  disk.put(path.replace('.queued', '.staged'), bytes);
  for (let times = 0; times < 2; times += 1) {
    const { left, mended } = await repair(disk);
    assert.deepEqual(mended, []);
    assert.match(left[0]?.reason ?? '', /same id/);
  }
  assert.equal((await delivered(disk)).text, all);

  bytes.writeUInt16BE(2, 4);
  const head = bytes.subarray(0, headLength(bytes));
  bytes.writeUInt32BE(crc32(head.subarray(16), crc32(head.subarray(0, 12))), 12);
  putOnly(disk, path, bytes);
  const { left, mended } = await repair(disk);
  assert.deepEqual([mended, left.length], [[], 1]);
  assert.match(left[0]?.reason ?? '', /later version/);
  assert.deepEqual(disk.contentOf(path), bytes);
});

test('other damage at the same place of a mended file is kept beside the first', async () => {
  const { disk, path } = await diskWithChunk(true);
  for (const text of ['first', 'second']) {
    const bytes = Buffer.from(disk.contentOf(path));
    bytes[bytes.indexOf(text)] = 0;
    disk.put(path, bytes);
    await repair(disk);
  }
  assert.equal((await delivered(disk)).text, 'third ');
  const kept = [...keptIn(disk).values()];
  assert(kept.some((each) => each.includes('irst')) && kept.some((each) => each.includes('econd')));
});

test('a list of stored origins, or an identity, that is damaged is put aside', async () => {
  for (const name of ['origins', 'store']) {
    const { disk } = await diskWithChunk(true);
    disk.put(`${folder}/${name}`, Buffer.from('nonsense'));
    const { mended, left } = await repair(disk);
    assert.deepEqual([mended.map((each) => each.name), left], [[name], []]);
    const { text, complaints } = await delivered(disk);
    assert.deepEqual([text, complaints], [all, []]);
    assert.equal(keptIn(disk).get(name), 'nonsense');
  }
});

test('a folder in use is refused, and the process named', async () => {
  const { disk } = await diskWithChunk(true);
  disk.put(`${folder}/lock`, Buffer.from(JSON.stringify({ pid: process.ppid, host: 'here' })));
  for (const isDryRun of [false, true]) {
    await assert.rejects(repair(disk, { isDryRun }), new RegExp(`process ${process.ppid}`));
  }
});
