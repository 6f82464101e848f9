import assert from 'node:assert/strict';
import test from 'node:test';
import {
  decodeFooter,
  encodeFooter,
  type Footer,
  footerLength,
} from '../../../../lib/buffer/store/footer.ts';
import { originAt } from './store_rig.ts';

const seed = 123;
const footer: Footer = {
  frames: 3,
  count: 70_000,
  contentBytes: 5_000_000_000,
  createdMs: 1_700_000_000_123,
  head: Uint8Array.of(1, 2, 3),
  origins: [
    { ...originAt(1), count: 7 },
    { ...originAt(2, { source: 'ö', part: 1, parts: 2, low: 0.5 }), count: 0 },
  ],
};

test('a footer is read as it was written', () => {
  for (const each of [footer, { ...footer, origins: [] }, { ...footer, origins: undefined }]) {
    const bytes = encodeFooter(each, seed);
    assert.equal(footerLength(bytes), bytes.length);
    const read = decodeFooter(bytes, seed);
    assert(read !== undefined);
    assert.deepEqual({ ...read, head: Uint8Array.from(read.head) }, each);
  }
});

test('a footer in which any bit is wrong, or any byte missing, is none', () => {
  const bytes = encodeFooter(footer, seed);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    const isSameLength = footerLength(damaged) === bytes.length;
    assert(!isSameLength || decodeFooter(damaged, seed) === undefined, `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length += 1) {
    assert.equal(decodeFooter(bytes.subarray(0, length), seed), undefined);
    assert.equal(decodeFooter(bytes.subarray(bytes.length - length), seed), undefined);
  }
});

test('the footer of another chunk is none', () => {
  assert.equal(decodeFooter(encodeFooter(footer, seed), seed + 1), undefined);
});

test('the end of a file that is no footer has no length of one', () => {
  assert.equal(footerLength(Buffer.alloc(0)), undefined);
  assert.equal(footerLength(Buffer.from('some text')), undefined);
  assert.equal(footerLength(Buffer.from('\0\0\0\0\0\0\0\x05MRE1', 'latin1')), undefined);
});
