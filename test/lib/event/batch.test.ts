import assert from 'node:assert/strict';
import test from 'node:test';
import { isBatch } from '../../../lib/event/batch.ts';
import { batchOf } from '../graph/doors.ts';

test('a batch is known from whatever else user code may hand over', () => {
  assert.equal(isBatch(batchOf('a', { n: 1 })), true);
  assert.equal(isBatch(batchOf('a').derive({ tag: 'b' })), true);
  for (const other of [undefined, null, 'a', 7, [], {}, { tag: 'a', delivery: {} }, () => {}]) {
    assert.equal(isBatch(other), false);
  }
});
