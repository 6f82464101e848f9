import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import zlib from 'node:zlib';
import { gunzip, gzip } from '../../../lib/codec/gzip.ts';

const isCodecError = { name: 'MillraceError', code: 'MR_CODEC' };

test('bytes come back from gzip as they were, small and large', async () => {
  for (const length of [0, 1, 1000, 100_000]) {
    const bytes = randomBytes(length);
    const zipped = await gzip(bytes);
    assert.deepEqual(zlib.gunzipSync(zipped), bytes);
    assert.deepEqual(Buffer.from(await gunzip(zipped, 100_000)), bytes);
  }
});

test('several members are one', async () => {
  for (const length of [10, 50_000]) {
    const parts = [randomBytes(length), randomBytes(length), randomBytes(0), randomBytes(length)];
    const members = parts.map((part) => zlib.gzipSync(part));
    assert.deepEqual(Buffer.from(await gunzip(Buffer.concat(members), 1e6)), Buffer.concat(parts));
  }
});

test('contents beyond the limit are refused', async () => {
  for (const length of [1000, 100_000_000]) {
    const bomb = zlib.gzipSync(Buffer.alloc(length));
    await assert.rejects(gunzip(bomb, length - 1), isCodecError);
  }
  const many = Buffer.concat(Array.from({ length: 100 }, () => zlib.gzipSync(Buffer.alloc(1000))));
  await assert.rejects(gunzip(many, 99_999), isCodecError);
  assert.equal((await gunzip(many, 100_000)).length, 100_000);
});

test('damage is refused: cut, changed, garbage, or followed by garbage', async () => {
  for (const length of [100, 100_000]) {
    const zipped = zlib.gzipSync(randomBytes(length));
    const changed = Buffer.from(zipped);
    changed[length / 2] = (changed[length / 2] ?? 0) ^ 1;
    await assert.rejects(gunzip(zipped.subarray(0, -5), 1e6), isCodecError);
    await assert.rejects(gunzip(changed, 1e6), isCodecError);
    await assert.rejects(gunzip(randomBytes(length), 1e6), isCodecError);
    await assert.rejects(gunzip(Buffer.concat([zipped, randomBytes(7)]), 1e6), isCodecError);
  }
  await assert.rejects(gunzip(new Uint8Array(0), 1e6), isCodecError);
});
