import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  counterLimit,
  formatChunkId,
  parseChunkId,
  seedOf,
} from '../../../../lib/buffer/store/chunk_id.ts';

const parts = fc.record(
  {
    epoch: fc.nat(2 ** 48 - 1),
    counter: fc.nat(counterLimit - 1),
    store: fc.stringMatching(/^[0-9a-f]{12}$/),
  },
  { noNullPrototype: true },
);

test('a chunk id says its parts', () => {
  fc.assert(
    fc.property(parts, (each) => {
      const id = formatChunkId(each);
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.deepEqual(parseChunkId(id), each);
    }),
    { seed: 1 },
  );
});

test('the order of ids is the order of epochs and, within one, of counters', () => {
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      if (one.epoch === other.epoch && one.counter === other.counter) return;
      const isBefore =
        one.epoch < other.epoch || (one.epoch === other.epoch && one.counter < other.counter);
      assert.equal(formatChunkId(one) < formatChunkId(other), isBefore);
    }),
    { seed: 1 },
  );
});

test('what is no chunk id has no parts', () => {
  const id = '0123456789abcdef0123456789abcdef';
  assert.notEqual(parseChunkId(id), undefined);
  for (const text of ['', id.slice(1), `${id}0`, id.toUpperCase(), `${id.slice(1)}g`, `${id}\n`]) {
    assert.equal(parseChunkId(text), undefined, text);
  }
});

test('chunks whose ids differ in one digit have different seeds', () => {
  const seeds = new Set<number>();
  for (let digit = 0; digit < 32; digit += 1) {
    seeds.add(seedOf(`${'0'.repeat(digit)}1${'0'.repeat(31 - digit)}`));
  }
  assert.equal(seeds.size, 32);
});
