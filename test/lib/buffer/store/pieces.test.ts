import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { MemoryStore } from '../../../../lib/buffer/store/memory_store.ts';
import { begin, emptyDisk, frameOf, onlyChunkPath, openStore } from './store_rig.ts';

test('what was appended is read back, compressed or not, the same from a file and from memory, and as stored if wanted', async () => {
  const frame = fc.record({
    bytes: fc.oneof(fc.nat(300), fc.integer({ min: 200_000, max: 700_000 })),
    isCompressed: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), async (frames) => {
      const { store } = await openStore(emptyDisk());
      const memory = new MemoryStore(0, () => 0);
      const chunk = begin(store);
      const key = { tag: undefined, timekey: undefined, variables: new Map() };
      const other = memory.begin({ createdMs: 0, tag: 'a', key, isFormatted: true });
      const contents = frames.map(({ bytes }, index) => Buffer.alloc(bytes, index + 1));
      for (const [index, { isCompressed }] of frames.entries()) {
        const plain = contents[index] ?? Buffer.alloc(0);
        const content = isCompressed ? gzipSync(plain) : plain;
        store.append(chunk, frameOf('', { content, isCompressed, count: 2 }));
        memory.append(other, frameOf('', { content, isCompressed, count: 2 }));
      }
      store.seal(chunk);
      await store.prepare(chunk);
      const asStored = [
        store.pieces(chunk, { asStored: true }),
        memory.pieces(other, { asStored: true }),
      ];
      for (const pieces of [store.pieces(chunk), memory.pieces(other), ...asStored]) {
        const read: Uint8Array[] = [];
        let count = 0;
        let compressed = 0;
        for await (const piece of pieces) {
          read.push(piece.isCompressed ? gunzipSync(piece.bytes) : piece.bytes);
          count += piece.count;
          if (piece.isCompressed) compressed += 1;
        }
        assert(Buffer.concat(read).equals(Buffer.concat(contents)));
        assert.equal(count, frames.length * 2);
        const kept = frames.filter(({ isCompressed }) => isCompressed).length;
        assert.equal(compressed, asStored.includes(pieces) ? kept : 0);
      }
      await store.close();
    }),
    { numRuns: 20, seed: 1 },
  );
});

test('no byte of a chunk that was just written is read twice', async () => {
  const disk = emptyDisk();
  const files = disk.process();
  let bytesRead = 0;
  const readNow = files.readNow.bind(files);
  files.readNow = (...given) => {
    const count = readNow(...given);
    bytesRead += count;
    return count;
  };
  const { store } = await openStore(disk, { files });
  const chunk = begin(store);
  for (const length of [700_000, 300_000, 300_000, 1_100_000, 10]) {
    store.append(chunk, frameOf('', { content: Buffer.alloc(length, length % 251) }));
  }
  store.seal(chunk);
  await store.prepare(chunk);
  bytesRead = 0;
  let length = 0;
  for await (const { bytes } of store.pieces(chunk)) length += bytes.length;
  assert.equal(length, chunk.contentBytes);
  assert.ok(bytesRead > length && bytesRead <= chunk.storedBytes, `${bytesRead} bytes were read`);
  await store.close();
});

test('a chunk that is damaged under its process is checked again, and costs no other frame', async () => {
  const disk = emptyDisk();
  const { store, metric } = await openStore(disk);
  const chunk = begin(store);
  for (const text of ['first ', 'second ', 'third']) store.append(chunk, frameOf(text));
  store.seal(chunk);
  await store.prepare(chunk);
  const path = onlyChunkPath(disk);
  const bytes = Buffer.from(disk.contentOf(path));
  const second = bytes.indexOf('second');
  bytes[second - 1] = (bytes[second - 1] ?? 0) ^ 1;
  disk.put(path, bytes);
  const read = async (): Promise<string> => {
    let text = '';
    for await (const piece of store.pieces(chunk)) text += Buffer.from(piece.bytes).toString();
    return text;
  };
  await assert.rejects(read(), { code: 'MR_BUFFER' });
  await store.prepare(chunk);
  assert.equal(chunk.count, 2);
  assert.equal(await read(), 'first third');
  assert.equal(metric('quarantined_total'), 1);
  await store.close();
});
