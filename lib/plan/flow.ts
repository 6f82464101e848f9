import type { Place } from '../error.ts';
import {
  errorLabel,
  type FilterRule,
  type InputPlan,
  type LabelPlan,
  labelsOf,
  type OutputPlan,
  outputsOf,
  type Plan,
  targetsOf,
} from './plan.ts';

/** A way on from a label to another one. */
export interface LabelEdge {
  readonly label: string;
  readonly at: Place | undefined;
}

/** The labels that a label's routes lead to directly; none for a label that does not exist. */
export function edgesOf(label: LabelPlan | undefined): LabelEdge[] {
  return label === undefined ? [] : targetsOf(label).flatMap((target) => [...labelsOf(target)]);
}

/** The labels that events can come to from `start`, itself included; the edges to `@ERROR` do not count. */
export function labelsBelow(plan: Plan, start: string): ReadonlySet<string> {
  const byName = new Map(plan.labels.map((label) => [label.name, label]));
  // A set is walked in the order of insertion, and grows on the way.
  const below = new Set([start]);
  for (const name of below) for (const next of edgesOf(byName.get(name))) below.add(next.label);
  return below;
}

/** The labels, each after all that lead to it; `@ERROR` and what is below it come last. */
export function labelsInFlowOrder(plan: Plan): readonly LabelPlan[] {
  const byName = new Map(plan.labels.map((label) => [label.name, label]));
  const done = new Set<string>();
  const order: LabelPlan[] = [];
  const visit = (name: string): void => {
    const label = byName.get(name);
    if (label === undefined || done.has(name)) return;
    done.add(name);
    for (const next of edgesOf(label)) visit(next.label);
    order.unshift(label);
  };
  visit(errorLabel);
  for (const label of plan.labels.toReversed()) visit(label.name);
  return order;
}

/**
 * The outputs that an input with `ack delivered` waits for; none for other inputs. Part of any batch may turn
 * out to go to `@ERROR`, so what is behind that counts.
 */
export function outputsAwaitedBy(plan: Plan, input: InputPlan): OutputPlan[] {
  return labelsAwaitedBy(plan, input)
    .flatMap(targetsOf)
    .flatMap((target) => [...outputsOf(target)]);
}

/** The filters and operators that stand between such an input and its outputs. */
export function filtersAwaitedBy(plan: Plan, input: InputPlan): FilterRule['node'][] {
  return labelsAwaitedBy(plan, input)
    .flatMap(({ rules }) => rules)
    .flatMap((rule) => (rule.form === 'filter' ? [rule.node] : []));
}

function labelsAwaitedBy(plan: Plan, input: InputPlan): LabelPlan[] {
  if (input.ack !== 'delivered') return [];
  const reached = new Set([...labelsBelow(plan, input.label), ...labelsBelow(plan, errorLabel)]);
  return plan.labels.filter(({ name }) => reached.has(name));
}
