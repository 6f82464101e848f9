import assert from 'node:assert/strict';
import test from 'node:test';
import { carriedLine, readCarried } from '../../../lib/fleet/carried_line.ts';
import { agentOf, stampOf } from './fleet_rig.ts';

const load = {
  span: { source: 'r', epoch: 1, begin: 2, end: 3 },
  stamps: [0, 1].map((chunk) => ({
    ...stampOf(agentOf('web-1', { site: 'north' }), chunk),
    ...{ count: 7, part: 1, parts: 2, address: '192.0.2.7' },
  })),
};

/** What is read of a line of JSON behind its first word. */
function read(line: unknown): unknown {
  const value: unknown = JSON.parse(JSON.stringify(line));
  assert(Array.isArray(value));
  return readCarried(value.slice(1));
}

test('what a frame brought is read as it was written', () => {
  assert.deepEqual(read(carriedLine(load)), load);
});

test('what is no such line, or no such stamp, does not count', () => {
  const [kind, ...fields] = carriedLine(load);
  for (let index = 0; index < fields.length; index += 1) {
    assert.equal(read([kind, ...fields.with(index, null)]), undefined);
    assert.equal(read([kind, ...fields.slice(0, index)]), undefined);
  }
  assert.equal(read([kind, ...fields.with(3, 2)]), undefined);
  const [stamp] = [fields[4]].flat();
  assert(Array.isArray(stamp));
  for (let index = 0; index < stamp.length; index += 1) {
    const stamps: unknown[] = [stamp.with(index, null), stamp.slice(0, index), 7];
    assert.deepEqual(read([kind, ...fields.with(4, stamps)]), { ...load, stamps: [] });
  }
});
