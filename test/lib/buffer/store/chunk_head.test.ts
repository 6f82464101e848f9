import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import {
  type ChunkHead,
  decodeHead,
  encodeHead,
  headLength,
} from '../../../../lib/buffer/store/chunk_head.ts';

const id = '0123456789abcdef0123456789abcdef';
const head: ChunkHead = {
  id,
  createdMs: 1_700_000_000_123,
  tag: 'app.web',
  key: {
    tag: 'app.web',
    timekey: 1_700_000_000,
    variables: new Map<string, string | bigint | null | boolean>([
      ['$.user.name', 'Ünal'],
      ['big', 2n ** 60n],
      ['none', null],
      ['yes', true],
    ]),
  },
  isFormatted: false,
};

test('the head of a chunk is read as it was written, and what follows is not its own', () => {
  const plain = { tag: undefined, timekey: undefined, variables: new Map() };
  for (const each of [head, { ...head, isFormatted: true, key: plain, tag: '' }]) {
    const bytes = encodeHead(each);
    assert.equal(headLength(bytes), bytes.length);
    const read = decodeHead(id, Buffer.concat([bytes, Buffer.from('MRF1')]));
    assert.deepEqual(read, { state: 'good', head: each, length: bytes.length });
  }
});

test('the head of a chunk in which any bit is wrong, or any byte missing, is bad', () => {
  const bytes = encodeHead(head);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    assert.deepEqual(decodeHead(id, damaged), { state: 'bad' }, `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length += 1) {
    assert.deepEqual(decodeHead(id, bytes.subarray(0, length)), { state: 'bad' });
  }
});

test('the head of another chunk is bad', () => {
  assert.deepEqual(decodeHead(id.replace('0', '1'), encodeHead(head)), { state: 'bad' });
});

test('a whole head of a later version is told from a damaged one', () => {
  const bytes = encodeHead(head);
  bytes.writeUInt16BE(2, 4);
  assert.deepEqual(decodeHead(id, bytes), { state: 'bad' });
  bytes.writeUInt32BE(crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12))), 12);
  assert.deepEqual(decodeHead(id, bytes), { state: 'newer' });
});
