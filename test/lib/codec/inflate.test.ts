import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateSync } from 'node:zlib';
import { inflate } from '../../../lib/codec/inflate.ts';
import { MillraceError } from '../../../lib/error.ts';

test('inflates up to the limit', async () => {
  const contents = Buffer.alloc(1000, 'a');
  const packed = deflateSync(contents);
  assert.deepEqual(Buffer.from(await inflate(packed, 1000)), contents);
  await assert.rejects(
    inflate(packed, 999),
    (error) => error instanceof MillraceError && /exceed the limit of 999/.test(error.message),
  );
});

test('what is damaged is an error', async () => {
  const packed = deflateSync('contents');
  for (const wrong of [Buffer.from('plain'), packed.subarray(0, -1)]) {
    await assert.rejects(
      inflate(wrong, 1000),
      (error) => error instanceof MillraceError && error.code === 'MR_CODEC',
    );
  }
});
