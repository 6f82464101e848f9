import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { decompress } from '../../../lib/codec/decompress.ts';
import { LimitError } from '../../../lib/codec/limit_error.ts';
import { canZstd, zstd } from '../../../lib/codec/zstd.ts';

const isCodecError = { name: 'MillraceError', code: 'MR_CODEC' };
const mebibyte = 1024 * 1024;

function limitsOf(limitBytes: number, onGrown: (bytes: number) => void = () => {}) {
  return { limitBytes, onGrown };
}

test('members come back as one, whether they are few bytes or many', async () => {
  for (const length of [0, 10, 50_000, mebibyte]) {
    const parts = [randomBytes(length), randomBytes(length), Buffer.alloc(length)];
    const members = Buffer.concat(parts.map((part) => gzipSync(part)));
    const contents = await decompress(members, 'gzip', limitsOf(3 * length));
    assert.deepEqual(contents, Buffer.concat(parts));
  }
});

test('contents beyond the limit are refused, without being made', async () => {
  for (const length of [1000, 100_000, 50 * mebibyte]) {
    const bomb = gzipSync(Buffer.alloc(length));
    let grown = 0;
    const limits = limitsOf(length - 1, (bytes) => {
      grown = bytes;
    });
    await assert.rejects(decompress(bomb, 'gzip', limits), LimitError);
    assert(grown < length);
  }
});

test('what it is told to end with is thrown as it is', async () => {
  const enough = new Error('enough');
  let calls = 0;
  const limits = limitsOf(100 * mebibyte, () => {
    calls += 1;
    if (calls === 2) throw enough;
  });
  await assert.rejects(decompress(gzipSync(Buffer.alloc(50 * mebibyte)), 'gzip', limits), enough);
  assert.equal(calls, 2);
});

test('damage is refused: cut, changed, none, or followed by something else', async () => {
  for (const length of [100, 100_000]) {
    const whole = gzipSync(randomBytes(length));
    const changed = Buffer.from(whole);
    changed[length / 2] = (changed[length / 2] ?? 0) ^ 1;
    const damaged = [
      whole.subarray(0, -1),
      whole.subarray(0, 12),
      changed,
      randomBytes(length),
      Buffer.alloc(0),
      Buffer.concat([whole, Buffer.from('x')]),
    ];
    for (const bytes of damaged) {
      await assert.rejects(decompress(bytes, 'gzip', limitsOf(mebibyte)), isCodecError);
    }
  }
});

test('Zstandard frames come back as one', {
  skip: canZstd ? false : 'this Node has no Zstandard',
}, async () => {
  for (const length of [0, 1000, mebibyte]) {
    const parts = [randomBytes(length), Buffer.alloc(length)];
    const frames = Buffer.concat(await Promise.all(parts.map(zstd)));
    const contents = await decompress(frames, 'zstd', limitsOf(2 * length));
    assert.deepEqual(contents, Buffer.concat(parts));
    await assert.rejects(
      decompress(frames.subarray(0, -1), 'zstd', limitsOf(2 * length)),
      isCodecError,
    );
  }
});
