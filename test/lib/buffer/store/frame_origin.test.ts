import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  decodeOrigin,
  encodeOrigin,
  partsLimit,
  sourceLimitBytes,
} from '../../../../lib/buffer/store/frame_origin.ts';
import { originAt } from './store_rig.ts';

const position = fc.double({ noNaN: true, min: -(2 ** 53), max: 2 ** 53 });

test('an origin is read as it was written', () => {
  fc.assert(
    fc.property(
      fc
        .string({ unit: 'grapheme', maxLength: 80 })
        .filter((source) => Buffer.byteLength(source) <= sourceLimitBytes),
      fc.tuple(position, position, position, position),
      fc.nat(partsLimit),
      fc.nat(0xffff_ffff),
      (source, [epoch, begin, end, low], part, seed) => {
        const origin = { source, epoch, begin, end, low, part, parts: partsLimit };
        assert.deepEqual(decodeOrigin(encodeOrigin(origin, seed), seed), origin);
      },
    ),
    { seed: 1 },
  );
});

test('an origin in which any bit is wrong, or any byte missing or too many, is none', () => {
  const bytes = encodeOrigin(originAt(5), 1);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(decodeOrigin(damaged, 1), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length += 1) {
    assert.equal(decodeOrigin(bytes.subarray(0, length), 1), undefined);
  }
  assert.equal(decodeOrigin(Buffer.concat([bytes, Buffer.of(0)]), 1), undefined);
  assert.equal(decodeOrigin(bytes, 2), undefined, 'the seed of another chunk');
});
