import assert from 'node:assert/strict';
import test from 'node:test';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { routeLaws } from '../../../lib/testing/laws/route_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import relabel from '../../../operators/route/relabel.ts';

routeLaws(relabel, {}, { test, branches: [{}] });

test('passes the very batch on to its one branch', () => {
  const route = relabel.create({}, testContext());
  const batch = entriesBatch('a.b', []);
  assert.deepEqual(route(batch), [{ branch: 0, batch }]);
  assert.equal(route(batch)[0]?.batch, batch);
});

test('leads to a label, not to stores', () => {
  assert.equal(relabel.branches, undefined);
});
