import assert from 'node:assert/strict';
import test from 'node:test';
import { isBranchOf } from '../../../lib/event/origin.ts';
import { branches } from '../../../lib/plugin/branch.ts';
import { batchOf, outcomeOf } from '../graph/doors.ts';

const origin = { source: 'tail:1', epoch: 3, begin: 10, end: 20, low: 5 };

test('the batch settles when all branches have, with a nack if there was one', () => {
  const batch = batchOf('a', { n: 1 });
  const [first, second] = branches(batch, 2);
  first?.delivery.nack(new Error('full'));
  assert.equal(outcomeOf(batch), undefined);
  second?.delivery.ack();
  assert.equal(outcomeOf(batch), false);
});

test('branches share tag and entries', () => {
  const batch = batchOf('a.b', { n: 1 }, { n: 2 });
  for (const branch of branches(batch, 3)) {
    assert.equal(branch.tag, 'a.b');
    assert.equal(branch.entries(), batch.entries());
  }
});

test('no two branches have the same origin, so that one store keeps all of them', () => {
  const batch = batchOf('a', { n: 1 }).derive({ origin });
  const found = branches(batch, 2).flatMap((branch) => branches(branch, 2));
  const sources = found.map((branch) => branch.origin?.source ?? '');
  assert.deepEqual(sources, ['tail:1/0/0', 'tail:1/0/1', 'tail:1/1/0', 'tail:1/1/1']);
  assert(sources.every((source) => isBranchOf(source, 'tail:1')));
  assert.deepEqual(found[3]?.origin, { ...origin, source: 'tail:1/1/1' });
});

test('a batch that cannot be read again has branches that cannot', () => {
  assert.deepEqual(
    branches(batchOf('a', { n: 1 }), 2).map((branch) => branch.origin),
    [undefined, undefined],
  );
});

test('a batch that goes nowhere is acknowledged', () => {
  const batch = batchOf('a', { n: 1 });
  assert.deepEqual(branches(batch, 0), []);
  assert.equal(outcomeOf(batch), true);
});
