import assert from 'node:assert/strict';
import test from 'node:test';
import { branchOrigin, errorOrigin, isBranchOf } from '../../../lib/event/origin.ts';

const origin = { source: 'tail:1', epoch: 3, begin: 10, end: 20, low: 5 };

test('a branch keeps the positions under a source of its own', () => {
  assert.deepEqual(branchOrigin(origin, 2), { ...origin, source: 'tail:1/2' });
});

test('what fails at two places of one way has two origins', () => {
  const first = errorOrigin(origin, '@ROOT+0');
  const second = errorOrigin(origin, '@B+0');
  assert.deepEqual(first, { ...origin, source: 'tail:1/e@ROOT+0' });
  assert.notEqual(first?.source, second?.source);
  assert.notEqual(first?.source, branchOrigin(origin, 0)?.source);
});

test('without an origin there is none to derive', () => {
  assert.equal(branchOrigin(undefined, 0), undefined);
  assert.equal(errorOrigin(undefined, '@ROOT+0'), undefined);
});

test('a source belongs to itself and to what it branched from, not to one with a like name', () => {
  assert.equal(isBranchOf('tail:1', 'tail:1'), true);
  assert.equal(isBranchOf('tail:1/0/e@ROOT+0', 'tail:1'), true);
  assert.equal(isBranchOf('tail:1/0', 'tail:1/0'), true);
  assert.equal(isBranchOf('tail:12', 'tail:1'), false);
  assert.equal(isBranchOf('tail:1', 'tail:1/0'), false);
});
