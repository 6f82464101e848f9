import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import { headLength } from '../../../../lib/buffer/store/chunk_head.ts';
import { encodeFooter } from '../../../../lib/buffer/store/footer.ts';
import type { ChunkReport } from '../../../../lib/buffer/survey/examine.ts';
import { begin, emptyDisk, folder, frameOf, kill, openStore } from '../store/store_rig.ts';
import { diskWithChunk, examineAll, texts } from './survey_rig.ts';

function kindsOf(report: ChunkReport | undefined): string {
  return report?.damages.map(({ kind }) => kind).join(' ') ?? 'no report';
}

test('a whole chunk, staged or queued, has no damage, and nothing is written to look at it', async () => {
  for (const isSealed of [false, true]) {
    const { disk } = await diskWithChunk(isSealed);
    const calls = new Set<string>();
    disk.onCall = ({ name }) => void calls.add(name);
    const [found] = await examineAll(disk);
    assert.deepEqual(found?.report.damages, []);
    assert.equal(found?.text, texts.join(''));
    assert.deepEqual(
      [found.report.count, found.report.frames, found.report.head?.tag],
      [3, 3, 'a'],
    );
    assert.equal(found.report.lostEvents, isSealed ? 0 : undefined);
    for (const name of ['write', 'rename', 'truncate', 'remove', 'removeNow', 'makeFolder']) {
      assert(!calls.has(name), name);
    }
  }
});

test('damage to any byte of a chunk is found, with its place, and the rest is read', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path, layout } = await diskWithChunk(isSealed);
    const whole = Buffer.from(disk.contentOf(path));
    for (const [at, byte] of whole.entries()) {
      const damaged = Buffer.from(whole);
      damaged[at] = byte ^ (1 << (at & 7));
      disk.put(path, damaged);
      const [found] = await examineAll(disk);
      const stretch = layout.findLastIndex((start) => start <= at);
      const where = `byte ${at}, sealed: ${isSealed}`;
      assert.equal(found?.report.damages.length, 1, where);
      const [damage] = found.report.damages;
      assert.equal(damage?.start, layout[stretch], where);
      assert.equal(damage?.end, layout[stretch + 1], where);
      if (stretch === 0) {
        assert.equal(damage?.kind, 'head', where);
        assert.equal(found.text, `|${texts.join('')}`, where);
        assert.equal(found.report.head?.tag, isSealed ? 'a' : undefined, 'the footer keeps a copy');
      } else if (stretch <= 3) {
        assert.equal(damage?.kind, !isSealed && stretch === 3 ? 'tail' : 'gap', where);
        assert.equal(found.text, texts.with(stretch - 1, '|').join(''), where);
        assert.equal(found.report.lostEvents, isSealed ? 1 : undefined, where);
      } else {
        assert.equal(damage?.kind, 'footer', where);
        assert.equal(found.text, `${texts.join('')}|`, where);
      }
    }
  }
});

test('a chunk that was cut at any byte shows every frame before, and what is wrong with its end', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path, layout } = await diskWithChunk(isSealed);
    const whole = Buffer.from(disk.contentOf(path));
    for (let length = 0; length < whole.length; length += 1) {
      disk.put(path, whole.subarray(0, length));
      const [found] = await examineAll(disk);
      const frames = Math.min(3, Math.max(0, layout.findLastIndex((end) => end <= length) - 1));
      const where = `length ${length}, sealed: ${isSealed}`;
      assert.equal(found?.report.frames, frames, where);
      assert.equal(found.text.replace('|', ''), texts.slice(0, frames).join(''), where);
      const kind = kindsOf(found.report);
      if (length === 0) assert.equal(kind, 'empty', where);
      else if (length < (layout[1] ?? 0)) assert.equal(kind, 'head', where);
      else if (layout.includes(length)) assert.equal(kind, isSealed ? 'no footer' : '', where);
      // Of three bytes nobody can say what they were the beginning of.
      else assert.match(kind, frames === 3 ? /^(footer|tail)$/ : /^tail$/, where);
    }
  }
});

test('zeros at the end are told as what they are', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const bytes = disk.contentOf(path);
    const frames = isSealed ? bytes.subarray(0, bytes.indexOf('MRE1')) : bytes;
    disk.put(path, Buffer.concat([frames, Buffer.alloc(5000)]));
    const [found] = await examineAll(disk);
    assert.equal(kindsOf(found?.report), 'tail');
    assert.match(found?.report.damages[0]?.reason ?? '', /zeros/);
  }
});

test('a file of nothing but zeros is told as empty', async () => {
  const disk = emptyDisk();
  disk.process().makeFolder(folder);
  disk.put(`${folder}/${'0'.repeat(32)}.staged`, Buffer.alloc(100));
  const [found] = await examineAll(disk);
  assert.equal(kindsOf(found?.report), 'empty');
});

test('a chunk of a later version is told as such, and nothing of it is guessed', async () => {
  const { disk, path } = await diskWithChunk(true);
  const bytes = Buffer.from(disk.contentOf(path));
  bytes.writeUInt16BE(2, 4);
  const head = bytes.subarray(0, headLength(bytes));
  bytes.writeUInt32BE(crc32(head.subarray(16), crc32(head.subarray(0, 12))), 12);
  disk.put(path, bytes);
  const [found] = await examineAll(disk);
  assert.equal(kindsOf(found?.report), 'newer');
  assert.equal(found?.text, '|');
});

test('a footer that tells of other frames, or keeps another head, is found', async () => {
  const { disk, path, layout } = await diskWithChunk(true);
  const whole = Buffer.from(disk.contentOf(path));
  const [found] = await examineAll(disk);
  assert(found?.report.footer !== undefined);
  const { footer } = found.report.footer;
  const end = layout.at(-2);
  for (const wrong of [{ frames: 4 }, { count: 9 }, { head: footer.head.slice(1) }]) {
    const bytes = encodeFooter({ ...footer, ...wrong }, found.report.opened.seed);
    disk.put(path, Buffer.concat([whole.subarray(0, end), bytes]));
    const [seen] = await examineAll(disk);
    assert.equal(kindsOf(seen?.report), 'mismatch');
  }
});

test('a frame larger than the window is checked and read whole', async () => {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const chunk = begin(store);
  for (const text of ['a', 'b'.repeat(3_000_000), 'c']) store.append(chunk, frameOf(text));
  store.seal(chunk);
  await store.settled();
  kill(disk);
  const [found] = await examineAll(disk);
  assert.deepEqual(found?.report.damages, []);
  assert.equal(found?.text.length, 3_000_002);
  const path = found?.report.opened.path ?? '';
  const bytes = Buffer.from(disk.contentOf(path));
  bytes[2_000_000] = 0;
  disk.put(path, bytes);
  const [damaged] = await examineAll(disk);
  assert.equal(kindsOf(damaged?.report), 'gap');
  assert.equal(damaged?.text, 'a|c');
});
