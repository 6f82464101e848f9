import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeOrigins, restoreOrigins } from '../../../lib/buffer/origin_snapshot.ts';
import { OriginTable } from '../../../lib/buffer/origin_table.ts';
import type { OriginPart } from '../../../lib/buffer/store/frame_origin.ts';

function origin(begin: number, end: number, more: Partial<OriginPart> = {}): OriginPart {
  return { source: 'log', epoch: 1, begin, end, low: 0, part: 0, parts: 1, ...more };
}

function filled(): OriginTable {
  const table = new OriginTable();
  table.add(origin(0, 10));
  table.add(origin(2 ** 40, 2 ** 40 + 5, { low: 4 }));
  table.add(origin(20, 30, { part: 1, parts: 3 }));
  table.add(origin(5, 6, { epoch: 1_700_000_000_123.5 }));
  table.add(origin(1, 2, { source: 'Grüße/1' }));
  return table;
}

test('a snapshot brings back what a table knew', () => {
  const table = filled();
  const restored = new OriginTable();
  assert.equal(restoreOrigins(restored, encodeOrigins(table)), true);
  assert.deepEqual(restored.sources, table.sources);
  assert.equal(restored.isStored(origin(4, 10)), true);
  assert.deepEqual(restored.storedParts(origin(20, 30), 3), new Set([1]));
});

test('the snapshot of an empty table is a snapshot', () => {
  const restored = new OriginTable();
  assert.equal(restoreOrigins(restored, encodeOrigins(new OriginTable())), true);
  assert.equal(restored.sources.size, 0);
});

test('a snapshot adds to what frames told: a batch whose parts are known to both is whole', () => {
  const purged = new OriginTable();
  purged.add(origin(0, 10, { part: 0, parts: 2 }));
  purged.add(origin(10, 20));
  const table = new OriginTable();
  table.add(origin(0, 10, { part: 1, parts: 2 }));
  table.add(origin(30, 40));
  assert.equal(restoreOrigins(table, encodeOrigins(purged)), true);
  assert.equal(table.isStored(origin(0, 20)), true);
  assert.equal(table.isStored(origin(30, 40)), true);
  assert.equal(table.isStored(origin(20, 30)), false);
});

test('a part in a snapshot does not undo a batch that frames tell is whole', () => {
  const earlier = new OriginTable();
  earlier.add(origin(0, 10, { part: 0, parts: 2 }));
  const table = new OriginTable();
  table.add(origin(0, 10));
  restoreOrigins(table, encodeOrigins(earlier));
  assert.equal(table.isStored(origin(0, 10)), true);
  assert.equal(table.sources.get('log')?.get(1)?.partials.size, 0);
});

test('a snapshot in which any bit is wrong, or any byte missing, is none', () => {
  const bytes = Buffer.from(encodeOrigins(filled()));
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    const table = new OriginTable();
    assert.equal(restoreOrigins(table, damaged), false, `bit ${bit}`);
    assert.equal(table.sources.size, 0);
  }
  for (let length = 0; length < bytes.length; length += 1) {
    assert.equal(restoreOrigins(new OriginTable(), bytes.subarray(0, length)), false);
  }
});
