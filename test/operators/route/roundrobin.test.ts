import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { MillraceError } from '../../../lib/error.ts';
import type { Origin } from '../../../lib/event/origin.ts';
import type { Route } from '../../../lib/plugin/contract.ts';
import { routeLaws } from '../../../lib/testing/laws/route_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import roundrobin from '../../../operators/route/roundrobin.ts';

routeLaws(roundrobin, {}, { test, branches: [{ weight: 1 }, { weight: 3 }] });

function routeTo(...weights: number[]): Route {
  const branches = weights.map((weight) => ({ weight }));
  return roundrobin.create({ store: [] }, testContext({ branches }));
}

function branchOf(route: Route, origin?: Origin): number {
  const [directed, second] = route(entriesBatch('t', [], { origin }));
  assert(directed !== undefined && second === undefined);
  return directed.branch;
}

function originAt(begin: number): Origin {
  return { source: 'host/file', epoch: 3, begin, end: begin + 1, low: 0 };
}

test('stores take turns', () => {
  const route = routeTo(1, 1, 1);
  assert.deepEqual(
    Array.from({ length: 7 }, () => branchOf(route)),
    [0, 1, 2, 0, 1, 2, 0],
  );
});

test('each store gets its share in every full round, spread over it', () => {
  const weights = fc.array(fc.nat(9), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, (given) => {
      fc.pre(given.some((weight) => weight > 0));
      const route = routeTo(...given);
      const total = given.reduce((sum, weight) => sum + weight, 0);
      for (let round = 0; round < 2; round += 1) {
        const taken = given.map(() => 0);
        for (let turn = 0; turn < total; turn += 1) {
          const branch = branchOf(route);
          taken[branch] = (taken[branch] ?? 0) + 1;
        }
        assert.deepEqual(taken, given);
      }
    }),
  );
  assert.deepEqual(
    Array.from({ length: 4 }, branchOf.bind(undefined, routeTo(3, 1), undefined)),
    [0, 0, 1, 0],
  );
});

test('a batch that can be offered again goes to the same store in another run', () => {
  const before = routeTo(2, 1, 1);
  const after = routeTo(2, 1, 1);
  branchOf(after);
  for (let begin = 0; begin < 200; begin += 1) {
    assert.equal(branchOf(before, originAt(begin)), branchOf(after, originAt(begin)));
  }
});

test('batches that can be offered again are spread by weight too', () => {
  for (const step of [1, 2, 4096]) {
    for (const weights of [
      [1, 1],
      [3, 1],
      [1, 1, 1, 1],
    ]) {
      const route = routeTo(...weights);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const taken = weights.map(() => 0);
      for (let turn = 0; turn < 4000; turn += 1) {
        const branch = branchOf(route, originAt(turn * step));
        taken[branch] = (taken[branch] ?? 0) + 1;
      }
      for (const [branch, weight] of weights.entries()) {
        const share = (taken[branch] ?? 0) / 4000;
        assert(Math.abs(share - weight / total) < 0.05, `${weights} step ${step}: ${taken}`);
      }
    }
  }
});

test('a store of weight 0 gets nothing, unless all weights are 0', () => {
  const some = routeTo(0, 1);
  const none = routeTo(0, 0);
  assert.deepEqual([branchOf(some), branchOf(some), branchOf(some, originAt(0))], [1, 1, 1]);
  assert.deepEqual([branchOf(none), branchOf(none)], [0, 1]);
});

test('the batch goes on as it is, with its delivery and origin', () => {
  const batch = entriesBatch('t', [], { origin: originAt(5) });
  assert.equal(routeTo(1)(batch)[0]?.batch, batch);
});

test('no store at all is refused', () => {
  assert.throws(
    () => routeTo(),
    (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
  );
});
