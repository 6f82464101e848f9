import assert from 'node:assert/strict';
import test from 'node:test';
import { parseChunkId } from '../../../../lib/buffer/store/chunk_id.ts';
import { systemError } from '../faulty_files.ts';
import { begin, emptyDisk, frameOf, openStore } from './store_rig.ts';

test('chunks that got no file leave no gap in the numbers of those that did', async () => {
  const disk = emptyDisk();
  const { store } = await openStore(disk);
  const numbers: (number | undefined)[] = [];
  for (const isFailing of [false, true, true, false, true, false]) {
    disk.onCall = ({ name }) => {
      if (isFailing && name === 'write') throw systemError('ENOSPC');
    };
    const chunk = begin(store);
    if (isFailing) {
      assert.throws(() => store.append(chunk, frameOf('x')), { code: 'MR_BUFFER' });
      await store.purge(chunk);
    } else {
      store.append(chunk, frameOf('x'));
      numbers.push(parseChunkId(chunk.id)?.counter);
    }
  }
  assert.deepEqual(numbers, [0, 1, 2]);
  await store.close();
});
