import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  edgesOf,
  labelsBelow,
  labelsInFlowOrder,
  outputsAwaitedBy,
} from '../../../lib/plan/flow.ts';
import { input, label, match, output, planOf, route, to } from './plans.ts';

const names = (labels: Iterable<{ readonly name: string }>): string[] =>
  [...labels].map(({ name }) => name);

/** A label that leads to others. */
function leading(name: string, ...next: readonly string[]) {
  return label(name, match(route(`to ${next}`, output(name), ...next.map((each) => to(each)))));
}

test('edges lead through routes in routes', () => {
  const deep = label('@A', match(route('copy', output('o'), route('inner', to('@B'), to('@C')))));
  assert.deepEqual(
    edgesOf(deep).map((edge) => edge.label),
    ['@B', '@C'],
  );
  assert.deepEqual(edgesOf(undefined), []);
});

test('below a label are itself and what it leads to, at any remove and once each', () => {
  const plan = planOf(
    [],
    leading('@ROOT', '@A', '@B'),
    leading('@A', '@C'),
    leading('@B', '@C'),
    leading('@C'),
    leading('@D', '@A'),
  );
  assert.deepEqual([...labelsBelow(plan, '@ROOT')], ['@ROOT', '@A', '@B', '@C']);
  assert.deepEqual([...labelsBelow(plan, '@ERROR')], ['@ERROR']);
});

test('a circle of labels is walked once', () => {
  const plan = planOf([], leading('@A', '@B'), leading('@B', '@A'));
  assert.deepEqual([...labelsBelow(plan, '@A')], ['@A', '@B']);
});

test('each label comes after all that lead to it, wherever it is written', () => {
  const label = fc.nat(7);
  const edges = fc.array(fc.tuple(label, label), { maxLength: 20 });
  const written = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 });
  fc.assert(
    fc.property(edges, written, (pairs, order) => {
      // Edges from lower to higher numbers make no circle.
      const below = (n: number): string[] =>
        pairs
          .filter(([a, b]) => Math.min(a, b) === n && a !== b)
          .map(([a, b]) => `@${Math.max(a, b)}`);
      const plan = planOf([], ...order.map((n) => leading(`@${n}`, ...below(n))));
      const found = names(labelsInFlowOrder(plan));
      assert.deepEqual(found.toSorted(), names(plan.labels).toSorted());
      for (const each of plan.labels) {
        for (const edge of edgesOf(each)) {
          assert(found.indexOf(each.name) < found.indexOf(edge.label));
        }
      }
    }),
  );
});

test('@ERROR and what is below it come after all other labels', () => {
  const plan = planOf(
    [],
    leading('@ERROR', '@KEPT'),
    leading('@KEPT'),
    leading('@ROOT', '@A'),
    leading('@A', '@KEPT'),
  );
  assert.deepEqual(names(labelsInFlowOrder(plan)), ['@ROOT', '@A', '@ERROR', '@KEPT']);
});

test('an input waits for the outputs behind its label and behind @ERROR, if it waits at all', () => {
  const plan = planOf(
    [input('patient', '@A', { ack: 'delivered' }), input('hasty', '@A')],
    leading('@ROOT'),
    leading('@A', '@B'),
    leading('@B'),
    leading('@ERROR', '@BAD'),
    leading('@BAD'),
  );
  const awaited = plan.inputs.map((each) => outputsAwaitedBy(plan, each).map(({ id }) => id));
  assert.deepEqual(awaited, [['@A', '@B', '@ERROR', '@BAD'], []]);
});
