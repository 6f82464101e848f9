import assert from 'node:assert/strict';
import test from 'node:test';
import { freezePlan, labelsOf, outputsOf, routesOf, targetsOf } from '../../../lib/plan/plan.ts';
import { filter, input, label, match, output, planOf, route, to } from './plans.ts';

const inner = route('inner', output('b'), to('@B'));
const outer = route('outer', output('a'), inner, output('c'), to('@C'));

test('the outputs of a target are found through routes, in order', () => {
  assert.deepEqual(
    [...outputsOf(outer)].map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(
    [...outputsOf(output('d'))].map(({ id }) => id),
    ['d'],
  );
  assert.deepEqual([...outputsOf(to('@B'))], []);
});

test('the labels and routes of a target are found through routes', () => {
  assert.deepEqual(
    [...labelsOf(outer)].map((target) => target.label),
    ['@B', '@C'],
  );
  assert.deepEqual([...routesOf(outer)], [outer, inner]);
  assert.deepEqual([...routesOf(output('d'))], []);
});

test('the targets of a label are those of its matches, not of its filters', () => {
  const target = output('a');
  assert.deepEqual(targetsOf(label('@A', filter('f'), match(target), filter('g'))), [target]);
});

test('a frozen plan is frozen all the way down, also below what was frozen before', () => {
  const options = Object.freeze({ list: [{ deep: true }] });
  const plan = planOf(
    [input('a', '@ROOT', { options: { options } })],
    label('@ROOT', match(outer)),
  );
  assert.equal(freezePlan(plan), plan);
  assert(Object.isFrozen(plan.labels[0]?.rules[0]));
  assert(Object.isFrozen(inner.branches[0]?.target));
  assert(Object.isFrozen(options.list) && Object.isFrozen(options.list[0]));
});

test('plugins, expressions, dates and bytes in a plan are left as they are', () => {
  const options = { pattern: /x/g, since: new Date(0), key: new Uint8Array(1), keys: new Map() };
  const plan = freezePlan(planOf([input('a', '@ROOT', { options: { options } })]));
  assert(Object.isFrozen(options));
  for (const value of Object.values(options)) assert.equal(Object.isFrozen(value), false);
  assert.equal(Object.isFrozen(plan.inputs[0]?.plugin), false);
});

test('a circle in the options does not keep a plan from being frozen', () => {
  const options: { self?: unknown } = {};
  options.self = options;
  freezePlan(planOf([input('a', '@ROOT', { options })]));
  assert(Object.isFrozen(options));
});
