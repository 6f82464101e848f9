import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { byteSource, findByte, isSame } from '../../../lib/codec/byte_source.ts';

/** Few values, so that much is found, and those whose bits might mislead a search of four at a time. */
const bytes = fc
  .array(fc.constantFrom(0x00, 0x21, 0x22, 0x23, 0x80, 0xa2, 0xff), { maxLength: 24 })
  .map((codes) => Buffer.from(codes));

test('finds the next byte within bounds, as a plain search does', () => {
  fc.assert(
    fc.property(bytes, fc.nat(24), fc.nat(24), (all, one, other) => {
      const end = Math.min(all.length, Math.max(one, other));
      const begin = Math.min(one, other, end);
      const place = all.subarray(0, end).indexOf(0x22, begin);
      const expected = place < 0 ? end : place;
      assert.equal(findByte(byteSource(all), 0x22, begin, end), expected);
    }),
  );
});

test('compares places as a plain comparison does', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, (before, one, other) => {
      const source = byteSource(Buffer.concat([before, one, other]));
      const begin = before.length;
      const middle = begin + one.length;
      const end = middle + other.length;
      assert.equal(isSame(source, begin, middle, middle, end), one.equals(other));
      assert(isSame(source, begin, middle, begin, middle));
    }),
  );
});
