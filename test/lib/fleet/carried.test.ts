import assert from 'node:assert/strict';
import test from 'node:test';
import { Carried } from '../../../lib/fleet/carried.ts';
import { agentOf, stampOf } from './fleet_rig.ts';

const relay = (begin: number, end = begin + 1) => ({ source: 'r', epoch: 1, begin, end, low: 0 });
const told = (chunk: number) => ({
  ...stampOf(agentOf('web-1'), chunk),
  ...{ count: 1, part: 0, parts: 1, address: 'a' },
});

test('what frames brought is told of the positions that they are within', () => {
  const carried = new Carried();
  for (let n = 0; n < 4; n += 1) carried.add(relay(n), [told(n)]);
  assert.deepEqual(carried.within(relay(1, 3)), [told(1), told(2)]);
  assert.deepEqual(carried.within({ ...relay(1, 3), epoch: 2 }), []);
});

test('the oldest is forgotten', () => {
  const carried = new Carried();
  for (let n = 0; n < 10_001; n += 1) carried.add(relay(n), [told(n)]);
  assert.deepEqual(carried.within(relay(0)), []);
  assert.deepEqual(carried.within(relay(1)), [told(1)]);
});
