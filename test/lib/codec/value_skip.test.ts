import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { MsgpackScanner } from '../../../lib/codec/msgpack_scanner.ts';
import { skipPlainValue, skippedWeightBytes } from '../../../lib/codec/value_skip.ts';

/** Where the scanner finds the end, and the weight; undefined when the value is not whole, or no MessagePack. */
function scanned(bytes: Uint8Array, end: number): readonly [number, number] | undefined {
  const scanner = new MsgpackScanner(1000);
  scanner.begin(0);
  try {
    return scanner.run(bytes, end) ? [scanner.offset, scanner.weightBytes] : undefined;
  } catch {
    return undefined;
  }
}

const values = fc.oneof(
  fc.jsonValue({ maxDepth: 6 }).map((value) => Buffer.from(encode(value))),
  fc
    .array(fc.string({ maxLength: 400 }), { maxLength: 40 })
    .map((value) => Buffer.from(encode(value))),
  fc.uint8Array({ maxLength: 70_000 }).map((value) => Buffer.from(encode(value))),
);

test('a value that is whole ends where the scanner says, and weighs as much', () => {
  fc.assert(
    fc.property(values, fc.uint8Array({ maxLength: 5 }), (value, more) => {
      const bytes = Buffer.concat([value, more]);
      const end = skipPlainValue(bytes, 0, bytes.length);
      if (end < 0) return;
      assert.deepEqual([end, skippedWeightBytes], scanned(bytes, bytes.length));
      assert.equal(end, value.length);
    }),
  );
});

test('ordinary values are plain', () => {
  const record = { a: 'x'.repeat(300), b: [1, -1, 70_000, 1.5, null, true], c: { d: 2 ** 40 } };
  const bytes = Buffer.from(encode(record));
  assert.equal(skipPlainValue(bytes, 0, bytes.length), bytes.length);
});

test('what is not whole, or no MessagePack, is never taken for whole', () => {
  fc.assert(
    fc.property(values, fc.nat(), (value, cut) => {
      const end = cut % value.length;
      assert.equal(skipPlainValue(value, 0, end), -1);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
      const end = skipPlainValue(bytes, 0, bytes.length);
      if (end >= 0) assert.deepEqual([end, skippedWeightBytes], scanned(bytes, bytes.length));
    }),
    { numRuns: 2000 },
  );
});

test('what may lie deep is left to the scanner', () => {
  const deep = Buffer.concat([Buffer.alloc(300, 0x91), Buffer.of(0xc0)]);
  assert.equal(skipPlainValue(deep, 0, deep.length), -1);
});
