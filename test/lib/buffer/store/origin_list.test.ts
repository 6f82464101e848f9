import assert from 'node:assert/strict';
import test from 'node:test';
import { OriginList } from '../../../../lib/buffer/store/origin_list.ts';
import { originAt } from './store_rig.ts';

test('intervals of a source that follow one another become one, whatever comes between', () => {
  const list = new OriginList();
  for (const n of [0, 1, 2]) {
    list.add(originAt(n, { low: n }), 5);
    list.add(originAt(n * 10, { source: 'other' }), 1);
  }
  assert.deepEqual(list.parts, [
    { ...originAt(0, { end: 3, low: 2 }), count: 15 },
    ...[0, 10, 20].map((n) => ({ ...originAt(n, { source: 'other' }), count: 1 })),
  ]);
});

test('parts of a batch and other epochs stay by themselves', () => {
  const all = [
    originAt(0),
    originAt(1, { part: 0, parts: 2 }),
    originAt(2),
    originAt(3, { epoch: 2 }),
  ];
  const list = new OriginList();
  for (const each of all) list.add(each, 2);
  assert.deepEqual(
    list.parts,
    all.map((each) => ({ ...each, count: 2 })),
  );
});

test('of more than a thousand none is listed', () => {
  const list = new OriginList();
  for (let n = 0; n < 1000; n += 1) list.add(originAt(n * 2), 1);
  assert.equal(list.parts?.length, 1000);
  list.add(originAt(5000), 1);
  assert.equal(list.parts, undefined);
  list.add(originAt(6000), 1);
  assert.equal(list.parts, undefined);
});
