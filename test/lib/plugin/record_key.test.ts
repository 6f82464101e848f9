import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compileAccessor } from '../../../lib/event/accessor.ts';
import { compileRecordKey, keyOfValue, nameOfPlace } from '../../../lib/plugin/record_key.ts';
import { hashText } from '../../../lib/plugin/text_hash.ts';

test('keys are the same for the same values and different for others', () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const pair = fc.tuple(value, value);
  const keyOf = compileRecordKey(['a', 'b'].map(compileAccessor));
  fc.assert(
    fc.property(pair, pair, ([a, b], [c, d]) => {
      const isSame = JSON.stringify([a, b]) === JSON.stringify([c, d]);
      assert.equal(keyOf({ a, b, x: 1 }) === keyOf({ b: d, a: c, x: 2 }), isSame);
      assert.equal(keyOfValue(a) === keyOfValue(c), JSON.stringify(a) === JSON.stringify(c));
    }),
  );
});

test('a long key is kept short and stays different from others', () => {
  const long = 'x'.repeat(100_000);
  const keys = [long, `${long}y`].map(keyOfValue);
  assert(keys.every((key) => key.length <= 64));
  assert.notEqual(keys[0], keys[1]);
});

test('a place is named as a path with dots', () => {
  const names = ['host', '$.a.b[0]', "$['x.y']"].map((text) => nameOfPlace(compileAccessor(text)));
  assert.deepEqual(names, ['host', 'a.b.0', 'x.y']);
});

test('hashes of texts that are alike are spread evenly', () => {
  const buckets = new Array<number>(16).fill(0);
  for (let n = 0; n < 16_000; n += 1) {
    const bucket = Math.floor(hashText(`host-${n}`) * 16);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  assert(
    buckets.every((count) => count > 850 && count < 1150),
    buckets.join(' '),
  );
});
