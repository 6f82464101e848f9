import assert from 'node:assert/strict';
import test from 'node:test';
import { OriginTable } from '../../../lib/buffer/origin_table.ts';
import type { OriginPart } from '../../../lib/buffer/store/frame_origin.ts';
import { passingOrigin } from '../../../lib/event/origin.ts';

function origin(begin: number, end: number, more: Partial<OriginPart> = {}): OriginPart {
  return { source: 'log', epoch: 1, begin, end, low: 0, part: 0, parts: 1, ...more };
}

test('a batch is stored when all of its positions are', () => {
  const table = new OriginTable();
  assert.equal(table.isStored(origin(0, 10)), false);
  table.add(origin(0, 10));
  table.add(origin(10, 15));
  table.add(origin(20, 30));
  assert.equal(table.isStored(origin(0, 10)), true);
  assert.equal(table.isStored(origin(3, 15)), true);
  assert.equal(table.isStored(origin(3, 16)), false);
  assert.equal(table.isStored(origin(15, 20)), false);
  assert.equal(table.isStored(origin(0, 10, { epoch: 2 })), false);
  assert.equal(table.isStored(origin(0, 10, { source: 'other' })), false);
  assert.equal(table.isStored(origin(5, 5)), false, 'a batch without positions is never stored');
});

test('a batch in parts is stored when all of its parts are, in any order', () => {
  const table = new OriginTable();
  table.add(origin(0, 10, { part: 2, parts: 3 }));
  table.add(origin(0, 10, { part: 0, parts: 3 }));
  table.add(origin(0, 10, { part: 0, parts: 3 }));
  assert.equal(table.isStored(origin(0, 10)), false);
  assert.deepEqual(table.storedParts(origin(0, 10), 3), new Set([2, 0]));
  assert.equal(table.storedParts(origin(0, 10), 4), undefined, 'it was split otherwise');
  table.add(origin(0, 10, { part: 1, parts: 3 }));
  assert.equal(table.isStored(origin(0, 10)), true);
});

test('a part that turns out not to be stored makes its batch incomplete again', () => {
  const table = new OriginTable();
  table.add(origin(0, 10, { part: 0, parts: 2 }));
  table.add(origin(0, 10, { part: 1, parts: 2 }));
  table.remove(origin(0, 10, { part: 1, parts: 2 }));
  assert.equal(table.isStored(origin(0, 10)), false);
  assert.deepEqual(table.storedParts(origin(0, 10), 2), new Set([0]));
  table.add(origin(10, 20));
  table.remove(origin(10, 20));
  assert.equal(table.isStored(origin(10, 20)), false);
});

test('a part that was written a second time, in vain, is not stored', () => {
  const table = new OriginTable();
  table.add(origin(0, 10, { part: 0, parts: 2 }));
  table.add(origin(0, 10, { part: 1, parts: 2 }));
  table.add(origin(0, 10, { part: 1, parts: 2 }));
  table.remove(origin(0, 10, { part: 1, parts: 2 }));
  assert.equal(table.isStored(origin(0, 10)), false);
  assert.deepEqual(table.storedParts(origin(0, 10), 2), new Set([0]));
});

test('what a source says is settled counts as stored and takes no memory', () => {
  const table = new OriginTable();
  table.add(origin(0, 10));
  table.add(origin(20, 30, { part: 0, parts: 2 }));
  table.add(origin(40, 50, { low: 35 }));
  assert.equal(table.isStored(origin(10, 35)), true);
  assert.equal(table.isStored(origin(30, 40)), false);
  assert.equal(table.isStored(origin(34, 36)), false);
  assert.equal(table.isStored(origin(0, 50)), false);
  const state = table.sources.get('log')?.get(1);
  assert.deepEqual(state?.stored.bounds, [40, 50]);
  assert.equal(state?.partials.size, 0);
});

test('an interval that begins below the low water is stored where its rest is', () => {
  const table = new OriginTable();
  table.add(origin(40, 50, { low: 45 }));
  assert.equal(table.isStored(origin(40, 50)), true);
  assert.deepEqual(table.sources.get('log')?.get(1)?.stored.bounds, [45, 50]);
});

test('a batch overlaps when some of its positions were stored as another batch', () => {
  const table = new OriginTable();
  table.add(origin(0, 10));
  table.add(origin(20, 30, { part: 0, parts: 2 }));
  assert.equal(table.isOverlapping(origin(5, 15)), true);
  assert.equal(table.isOverlapping(origin(10, 15)), false);
  assert.equal(table.isOverlapping(origin(20, 30)), false, 'parts of the same batch');
  assert.equal(table.isOverlapping(origin(0, 5, { source: 'other' })), false);
});

test('boundaries of what is stored are those of the latest epoch, of the source and its branches', () => {
  const table = new OriginTable();
  table.add(origin(0, 1000));
  table.add(origin(0, 10, { epoch: 2, low: 4 }));
  table.add(origin(20, 30, { epoch: 2, part: 1, parts: 2 }));
  table.add(origin(0, 15, { epoch: 2, source: 'log/1' }));
  table.add(origin(0, 17, { epoch: 2, source: 'log/1/e@ROOT+0' }));
  table.add(origin(0, 19, { epoch: 2, source: 'log/dedupe:2' }));
  table.add(origin(0, 99, { epoch: 2, source: 'logger' }));
  assert.deepEqual(table.storedEnds('log'), [4, 10, 15, 17, 19, 20, 30]);
  assert.deepEqual(table.storedEnds('log/1'), [15, 17]);
  assert.deepEqual(table.storedEnds('nobody'), []);
});

test('of too many sources and epochs, those heard of longest ago are forgotten', () => {
  const table = new OriginTable({ sources: 2, passing: 2, epochs: 2, intervals: 100 });
  table.add(origin(0, 1, { source: 'a' }));
  table.add(origin(0, 1, { source: 'b' }));
  table.add(origin(1, 2, { source: 'a' }));
  table.add(origin(0, 1, { source: 'c' }));
  assert.deepEqual([...table.sources.keys()], ['a', 'c']);
  assert.deepEqual(table.storedEnds('b'), []);
  table.add(origin(0, 1, { source: 'a', epoch: 2 }));
  table.add(origin(2, 3, { source: 'a', epoch: 1 }));
  table.add(origin(0, 1, { source: 'a', epoch: 3 }));
  assert.deepEqual([...(table.sources.get('a')?.keys() ?? [])], [1, 3]);
});

test('sources that offer one batch each push out one another, and no other source', () => {
  const table = new OriginTable({ sources: 10, passing: 2, epochs: 2, intervals: 100 });
  table.add(origin(0, 1));
  const chunks = ['a', 'b', 'a', 'c'].map((name) => ({
    ...passingOrigin(name),
    part: 0,
    parts: 1,
  }));
  for (const chunk of chunks) table.add(chunk);
  assert.deepEqual([...table.sources.keys()], ['log', 'chunk:a', 'chunk:c']);
  assert.equal(table.isStored(passingOrigin('a')), true);
  assert.equal(table.isStored(passingOrigin('b')), false);
});

test('of too many intervals and incomplete batches, the first are forgotten', () => {
  const table = new OriginTable({ sources: 2, passing: 2, epochs: 2, intervals: 3 });
  for (let n = 0; n < 5; n += 1) table.add(origin(n * 10, n * 10 + 5));
  assert.deepEqual(table.sources.get('log')?.get(1)?.stored.bounds, [20, 25, 30, 35, 40, 45]);
  for (let n = 5; n < 10; n += 1) table.add(origin(n * 10, n * 10 + 5, { part: 0, parts: 2 }));
  assert.equal(table.sources.get('log')?.get(1)?.partials.size, 3);
});
