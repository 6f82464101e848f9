import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { seedOf } from '../../../../lib/buffer/store/chunk_id.ts';
import {
  decodeFrameHead,
  encodeFrameHead,
  frameHeadBytes,
} from '../../../../lib/buffer/store/frame.ts';
import { decodeOrigin } from '../../../../lib/buffer/store/frame_origin.ts';
import { frameOf, originAt } from './store_rig.ts';

const seed = seedOf('0123456789abcdef0123456789abcdef');

test('the head of a frame has the layout that is drawn', () => {
  const bytes = encodeFrameHead(frameOf('hello', { count: 3, isCompressed: true }), seed);
  assert.equal(bytes.length, 24);
  assert.equal(bytes.toString('latin1', 0, 4), 'MRF1');
  assert.equal(bytes.readUInt32BE(4), 5);
  assert.equal(bytes.readUInt32BE(8), 3);
  assert.equal(bytes.readUInt32BE(12), crc32('hello', seed));
  assert.equal(bytes.readUInt16BE(16), 0);
  assert.equal(bytes.readUInt16BE(18), 1);
  assert.equal(bytes.readUInt32BE(20), crc32(bytes.subarray(0, 20), seed));
});

test('what is written in the head of a frame is read from it, wherever it lies', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 50 }),
      fc.nat(0xffff_ffff),
      fc.boolean(),
      fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: undefined }),
      fc.nat(30),
      (content, count, isCompressed, source, before) => {
        const origin = source === undefined ? undefined : originAt(7, { source });
        const head = encodeFrameHead(frameOf('', { content, count, isCompressed, origin }), seed);
        const bytes = Buffer.concat([Buffer.alloc(before, 0x4d), head]);
        assert.deepEqual(decodeFrameHead(bytes, before, seed), {
          length: content.length,
          count,
          checksum: crc32(content, seed),
          originLength: head.length - frameHeadBytes,
          isCompressed,
        });
        if (origin === undefined) return;
        assert.deepEqual(decodeOrigin(head.subarray(frameHeadBytes), seed), origin);
      },
    ),
    { seed: 1 },
  );
});

test('the head of a frame in which any bit is wrong is none', () => {
  const head = encodeFrameHead(frameOf('hello'), seed);
  for (let bit = 0; bit < head.length * 8; bit += 1) {
    const damaged = Buffer.from(head);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(decodeFrameHead(damaged, 0, seed), undefined, `bit ${bit}`);
  }
});

test('a frame of another chunk is none', () => {
  const head = encodeFrameHead(frameOf('hello'), seed);
  const other = seedOf('0123456789abcdef0123456789abcdee');
  assert.equal(decodeFrameHead(head, 0, other), undefined);
});
