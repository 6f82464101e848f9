import assert from 'node:assert/strict';
import test from 'node:test';
import { ConnectionMemory } from '../../../lib/net/connection_memory.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';

test('when unfinished frames take more than half, the heaviest for longest goes', () => {
  const clock = new TestClock();
  const memory = new ConnectionMemory(200, clock);
  const evicted: string[] = [];
  const share = (name: string) => memory.share(1000, () => void evicted.push(name));
  const [old, young, small] = [share('old'), share('young'), share('small')];
  small.holdUnfinished(1);
  old.holdUnfinished(50);
  clock.advance(1000);
  young.holdUnfinished(49);
  assert.deepEqual(evicted, []);
  young.holdUnfinished(60);
  assert.deepEqual(evicted, ['old']);
  assert.equal(memory.heldBytes, 61);
  old.holdUnfinished(0);
  young.holdUnfinished(0);
  assert.equal(memory.heldBytes, 1);
});

test('what alone is more than half goes at once', () => {
  const memory = new ConnectionMemory(200, new TestClock());
  let isEvicted = false;
  const share = memory.share(1000, () => {
    isEvicted = true;
  });
  share.holdUnfinished(101);
  assert(isEvicted);
  assert.equal(memory.heldBytes, 0);
});

test('a connection waits for room of its own, and for that of all', async () => {
  const memory = new ConnectionMemory(200, new TestClock());
  const one = memory.share(10, () => {}).inFlight;
  const other = memory.share(1000, () => {}).inFlight;
  const order: string[] = [];
  one.add(11);
  assert(!memory.isStrained);
  const ownRoom = one.room().then(() => order.push('own'));
  other.add(100);
  assert(memory.isStrained);
  one.remove(11);
  await ownRoom;
  other.add(1);
  const room = one.room().then(() => order.push('all'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(order, ['own']);
  other.remove(100);
  await room;
  assert.deepEqual(order, ['own', 'all']);
  other.remove(1);
  assert(other.isIdle);
});
