import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import { headLength } from '../../../../lib/buffer/store/chunk_head.ts';
import { type FileCall, systemError } from '../faulty_files.ts';
import { contentOf, diskWithChunk, layoutOf, texts } from './chunk_on_disk.ts';
import {
  begin,
  emptyDisk,
  folder,
  frameOf,
  kill,
  onlyChunkPath,
  openStore,
  originAt,
  quarantined,
  textOf,
} from './store_rig.ts';

test('a staged chunk is taken up again and goes on taking frames', async () => {
  const { disk } = await diskWithChunk(false);
  const second = await openStore(disk);
  const [found] = second.staged;
  assert(found !== undefined);
  assert.deepEqual([found.tag, found.isFormatted, found.chunk.count], ['a', true, 3]);
  assert.deepEqual(second.origins, [originAt(0), originAt(1), originAt(2)]);
  assert.equal(second.metric('recovered_events_total'), 3);
  second.store.append(found.chunk, frameOf('fourth', { origin: originAt(3) }));
  await second.store.settled();
  kill(disk);
  const third = await openStore(disk);
  assert.equal(third.origins.length, 4);
  assert.equal(await contentOf(third), `${texts.join('')}fourth`);
  assert.deepEqual(quarantined(disk), []);
});

test('of a queued chunk only the end is read at the start, however large it is', async () => {
  const disk = emptyDisk();
  const first = await openStore(disk);
  const chunk = begin(first.store);
  for (let n = 0; n < 50; n += 1) first.store.append(chunk, frameOf('x'.repeat(10_000)));
  first.store.seal(chunk);
  await first.store.settled();
  kill(disk);
  const path = onlyChunkPath(disk);
  const calls: FileCall[] = [];
  disk.onCall = (call) => void (call.path === path && calls.push(call));
  const { queued, store } = await openStore(disk);
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['open', 'sizeOf', 'readNow', 'close'],
  );
  assert.deepEqual([queued[0]?.count, queued[0]?.contentBytes], [50, 500_000]);
  assert.equal(queued[0] && (await store.prepare(queued[0]))?.tag, 'a');
});

test('a chunk that was cut at any byte keeps every frame before, and its torn end is counted', async () => {
  const { disk, path } = await diskWithChunk(false);
  const whole = Buffer.from(disk.contentOf(path));
  const layout = layoutOf(whole);
  for (let length = 0; length < whole.length; length += 1) {
    for (const each of disk.paths) if (each.startsWith(folder)) disk.delete(each);
    disk.put(path, whole.subarray(0, length));
    const rig = await openStore(disk);
    const frames = Math.max(0, layout.findLastIndex((end) => end <= length) - 1);
    const hasHead = length >= (layout[1] ?? 0);
    const isTorn = hasHead && !layout.includes(length);
    assert.equal(rig.metric('torn_tails_total'), isTorn ? 1 : 0, `length ${length}`);
    assert.deepEqual(rig.origins.length, frames);
    // What remains takes frames as if nothing had happened.
    for (const { chunk } of rig.staged) rig.store.append(chunk, frameOf('more'));
    await rig.store.settled();
    const expected = frames === 0 ? '' : `${texts.slice(0, frames).join('')}more`;
    assert.equal(await contentOf(rig), expected, `length ${length}`);
    assert.equal(quarantined(disk).length, isTorn || (length > 0 && !hasHead) ? 2 : 0);
    kill(disk);
  }
});

test('a torn end of zeros, or of a footer, is cut off and not kept', async () => {
  for (const end of [Buffer.alloc(5000), Buffer.from('MRE1\0\0\0')]) {
    const { disk, path } = await diskWithChunk(false);
    disk.put(path, Buffer.concat([disk.contentOf(path), end]));
    const rig = await openStore(disk);
    assert.equal(rig.metric('torn_tails_total'), 1);
    assert.equal(await contentOf(rig), texts.join(''));
    assert.deepEqual(quarantined(disk), []);
  }
});

test('the same ends of a sealed chunk, whose footer the power cut took, are no damage either', async () => {
  for (const end of [Buffer.alloc(0), Buffer.alloc(5000), Buffer.from('MRE1\0\0\0')]) {
    const { disk, path } = await diskWithChunk(true);
    const bytes = disk.contentOf(path);
    disk.put(path, Buffer.concat([bytes.subarray(0, bytes.indexOf('MRE1')), end]));
    const rig = await openStore(disk);
    assert.deepEqual(rig.origins, [originAt(0), originAt(1), originAt(2)]);
    assert.equal(await contentOf(rig), texts.join(''));
    assert.deepEqual(quarantined(disk), []);
  }
});

test('frames at the end of a sealed chunk without a footer are stored only if they are whole', async () => {
  const { disk, path } = await diskWithChunk(true);
  const bytes = Buffer.from(disk.contentOf(path));
  bytes[bytes.indexOf('third')] = 0;
  disk.put(path, bytes.subarray(0, bytes.indexOf('MRE1')));
  const rig = await openStore(disk);
  assert.deepEqual(rig.origins, [originAt(0), originAt(1)]);
  assert.equal(await contentOf(rig), 'first second ');
});

test('an empty file, or one of zeros, is no chunk and leaves nothing', async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100)]) {
    for (const state of ['staged', 'queued']) {
      const disk = emptyDisk();
      disk.process().makeFolder(folder);
      disk.put(`${folder}/${'0'.repeat(32)}.${state}`, bytes);
      const rig = await openStore(disk);
      assert.deepEqual([rig.staged, rig.queued, quarantined(disk)], [[], [], []]);
      assert.equal(onlyChunkPath(disk), '');
    }
  }
});

test('a chunk that cannot be read is left for a later start, and counts as still to come', async () => {
  for (const name of ['open', 'read', 'sync'] as const) {
    const disk = emptyDisk();
    const first = await openStore(disk);
    for (const text of ['one', 'two']) {
      first.store.append(begin(first.store), frameOf(text, { origin: originAt(text.length) }));
    }
    await first.store.settled();
    kill(disk);
    const [path = ''] = disk.paths.filter((each) => each.endsWith('.staged'));
    disk.onCall = (call) => {
      if (call.name === name && call.path === path) throw systemError('EIO');
    };
    const second = await openStore(disk);
    assert.equal(second.metric('unreadable_files_total'), 1);
    assert.equal(second.staged.length, 1);
    const [other] = second.staged;
    assert(other !== undefined);
    assert.deepEqual(second.store.originOf(other.chunk)?.low, 0, name);
    if (name === 'sync') assert.equal(second.origins.length, 1, 'what is not safe is not stored');
    kill(disk);
    disk.onCall = () => {};
    assert.equal(await contentOf(await openStore(disk)), 'onetwo');
  }
});

test('damage that cannot be put aside keeps the file from being deleted', async () => {
  const { disk, path } = await diskWithChunk(true);
  const bytes = Buffer.from(disk.contentOf(path));
  bytes[bytes.indexOf('second')] = 0;
  disk.put(path, bytes);
  let isFull = true;
  disk.onCall = (call) => {
    if (isFull && call.name === 'write' && call.path.includes('quarantine')) {
      throw systemError('ENOSPC');
    }
  };
  const rig = await openStore(disk);
  assert.equal(await contentOf(rig), 'first third ');
  const [chunk] = rig.queued;
  assert(chunk !== undefined);
  await assert.rejects(rig.store.purge(chunk), { code: 'ENOSPC' });
  assert.deepEqual(disk.contentOf(path), bytes);
  isFull = false;
  await rig.store.purge(chunk);
  const name = path.slice(folder.length + 1);
  assert.deepEqual(disk.contentOf(`${folder}/quarantine/${name}`), bytes);
  assert(quarantined(disk).includes(`${name}.reason.json`));
});

test('what is put aside survives a power cut from then on', async () => {
  const { disk, path } = await diskWithChunk(false);
  const whole = disk.contentOf(path);
  disk.put(path, whole.subarray(0, whole.length - 1));
  const rig = await openStore(disk);
  assert.equal(rig.metric('torn_tails_total'), 1);
  disk.cutPower(() => false);
  assert.equal(quarantined(disk).length, 2);
});

test('files that are no chunks are left alone', async () => {
  const { disk } = await diskWithChunk(false);
  const names = ['notes.txt', `${'0'.repeat(31)}.staged`, `${'A'.repeat(32)}.staged`, 'x.queued'];
  for (const name of names) disk.put(`${folder}/${name}`, Buffer.from('mine'));
  const rig = await openStore(disk);
  assert.equal(rig.staged.length, 1);
  for (const name of names) assert.equal(disk.contentOf(`${folder}/${name}`).toString(), 'mine');
  assert(rig.lines.some(({ message }) => message.includes('4 files that are no chunks')));
});

test('of two files of one chunk the sealed one counts, and the other is put aside', async () => {
  const { disk, path } = await diskWithChunk(true);
  disk.put(path.replace('.queued', '.staged'), disk.contentOf(path));
  const rig = await openStore(disk);
  assert.deepEqual([rig.staged.length, rig.queued.length], [0, 1]);
  assert.equal(quarantined(disk).length, 2);
});

test('a chunk of a later version is left alone, and put aside when that shows too late', async () => {
  for (const isSealed of [false, true]) {
    const { disk, path } = await diskWithChunk(isSealed);
    const bytes = Buffer.from(disk.contentOf(path));
    bytes.writeUInt16BE(2, 4);
    const head = bytes.subarray(0, headLength(bytes));
    bytes.writeUInt32BE(crc32(head.subarray(16), crc32(head.subarray(0, 12))), 12);
    disk.put(path, bytes);
    const rig = await openStore(disk);
    assert.equal(await contentOf(rig), '');
    if (isSealed) {
      const [, reason = ''] = quarantined(disk);
      assert.match(disk.contentOf(`${folder}/quarantine/${reason}`).toString(), /later version/);
    } else {
      assert.deepEqual(disk.contentOf(path), bytes);
      assert.equal(rig.metric('unreadable_files_total'), 1);
    }
  }
});

test('a chunk that was put aside in the run that made it counts as still to come', async () => {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const [first, second] = [begin(store), begin(store)];
  for (const chunk of [first, second]) {
    store.append(chunk, frameOf('text'));
    store.seal(chunk);
  }
  await store.settled();
  await store.prepare(first);
  const path = `${folder}/${first.id}.queued`;
  disk.put(path, Buffer.alloc(disk.contentOf(path).length, 'x'));
  await assert.rejects(textOf(store, first), { code: 'MR_BUFFER' });
  assert.equal(await store.prepare(first), undefined);
  await store.purge(first);
  assert.equal(store.originOf(second)?.low, 0);
});
