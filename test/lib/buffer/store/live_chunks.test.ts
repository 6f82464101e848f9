import assert from 'node:assert/strict';
import test from 'node:test';
import { formatChunkId } from '../../../../lib/buffer/store/chunk_id.ts';
import { LiveChunks } from '../../../../lib/buffer/store/live_chunks.ts';

const store = '0123456789ab';

function id(epoch: number, counter: number): string {
  return formatChunkId({ epoch, counter, store });
}

test('the origin of a chunk is its own number, and low is that of the oldest chunk of this opening', () => {
  const live = new LiveChunks({ store, epoch: 2 });
  for (const each of [id(2, 3), id(2, 5), id(2, 9)]) live.add(each);
  assert.deepEqual(live.originOf(id(2, 9)), { source: store, epoch: 2, begin: 9, end: 10, low: 3 });
  live.delete(id(2, 3));
  assert.equal(live.originOf(id(2, 9))?.low, 5);
  live.delete(id(2, 5));
  live.delete(id(2, 9));
  assert.equal(live.originOf(id(2, 9))?.low, 9, 'never above the chunk itself');
});

test('a chunk of an earlier opening, or of another store, never says that others are gone', () => {
  const live = new LiveChunks({ store, epoch: 2 });
  const foreign = formatChunkId({ epoch: 2, counter: 7, store: 'ba9876543210' });
  for (const each of [id(1, 8), foreign]) {
    live.add(each);
    assert.equal(live.originOf(each)?.low, 0);
    live.delete(each);
  }
  assert.deepEqual(live.originOf(id(1, 8)), { source: store, epoch: 1, begin: 8, end: 9, low: 0 });
});

test('what is no chunk id has no origin', () => {
  const live = new LiveChunks({ store, epoch: 1 });
  live.add('nothing');
  live.delete('nothing');
  assert.equal(live.originOf('nothing'), undefined);
});
