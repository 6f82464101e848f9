import assert from 'node:assert/strict';
import test from 'node:test';
import { formatChunkId } from '../../../../lib/buffer/store/chunk_id.ts';
import { LiveChunks } from '../../../../lib/buffer/store/live_chunks.ts';

const store = '0123456789ab';

function id(epoch: number, counter: number): string {
  return formatChunkId({ epoch, counter, store });
}

test('the origin of a chunk is its own number, and low is that of the oldest chunk of its epoch', () => {
  const live = new LiveChunks();
  for (const each of [id(1, 3), id(1, 5), id(1, 9), id(2, 0)]) live.add(each);
  assert.deepEqual(live.originOf(id(1, 9)), { source: store, epoch: 1, begin: 9, end: 10, low: 3 });
  live.delete(id(1, 3));
  assert.equal(live.originOf(id(1, 9))?.low, 5);
  assert.equal(live.originOf(id(2, 0))?.low, 0, 'each epoch for itself');
  live.delete(id(1, 5));
  live.delete(id(1, 9));
  assert.equal(live.originOf(id(1, 9))?.low, 9, 'never above the chunk itself');
});

test('what is no chunk id has no origin', () => {
  const live = new LiveChunks();
  live.add('nothing');
  live.delete('nothing');
  assert.equal(live.originOf('nothing'), undefined);
});
