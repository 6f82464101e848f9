import type { BufferPlan } from '../buffer/options.ts';
import type { Place } from '../error.ts';
import type { AckLevel } from '../event/delivery.ts';
import type { LogLevel } from '../log.ts';
import type { Parsed, Shape } from '../option/option.ts';
import type { Kind } from '../plugin/contract.ts';
import type { AnyPlugin } from '../plugin/define.ts';

/** One plugin of a plan, with its options read and checked, not yet made. */
export interface NodePlan<K extends Kind = Kind> {
  /** Unique in the plan: the `@id`, or made from kind, type and order. */
  readonly id: string;
  readonly plugin: AnyPlugin<K>;
  /** The plugin that was written, where `plugin` is what stands behind it: `script`. The options are of its shape. */
  readonly writtenAs?: AnyPlugin;
  readonly options: Parsed<Shape>;
  readonly logLevel: LogLevel | undefined;
  readonly at: Place | undefined;
}

/** A `<source>`: which label its events enter, and when its deliveries count as done. */
export interface InputPlan extends NodePlan<'input'> {
  readonly label: string;
  readonly labelAt: Place | undefined;
  readonly ack: AckLevel;
}

/** An output with its buffer; without one, batches are written as they come. */
export interface OutputPlan extends NodePlan<'output'> {
  readonly form: 'output';
  readonly buffer: BufferPlan | undefined;
  readonly secondary: NodePlan<'output'> | undefined;
  /** Where its dead letters and its own state lie. */
  readonly deadLetterFolder: string;
  readonly stateFolder: string | undefined;
}

/** A route and what its branches lead to. */
export interface RoutePlan extends NodePlan<'route'> {
  readonly form: 'route';
  readonly branches: readonly BranchPlan[];
}

/** A way on to another label. */
export interface LabelTarget {
  readonly form: 'label';
  readonly label: string;
  readonly at: Place | undefined;
}

/** One branch of a route, with what its section says for the route. */
export interface BranchPlan {
  readonly target: Target;
  readonly options: Parsed<Shape>;
}

/** Where a batch may go. */
export type Target = OutputPlan | RoutePlan | LabelTarget;

/** A `<filter>` of a label: a plain filter or a stream operator. */
export interface FilterRule {
  readonly form: 'filter';
  readonly pattern: string;
  readonly patternAt: Place | undefined;
  readonly node: NodePlan<'filter'> | NodePlan<'operator'>;
}

/** A node as what may stand in a `<filter>`; undefined when its plugin is of another kind. */
export function asFilterNode(node: NodePlan): FilterRule['node'] | undefined {
  return isOfKind(node, 'filter') || isOfKind(node, 'operator') ? node : undefined;
}

/** A `<match>` of a label. */
export interface MatchRule {
  readonly form: 'match';
  readonly pattern: string;
  readonly patternAt: Place | undefined;
  readonly target: OutputPlan | RoutePlan;
}

export type Rule = FilterRule | MatchRule;

/** The rules of one label, in the order of the configuration. */
export interface LabelPlan {
  /** `@ROOT` for what stands outside of any label. */
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly at: Place | undefined;
}

/** What `<system>` says. */
export interface SystemPlan {
  readonly workers: number;
  readonly rootFolder: string | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly logFormat: 'text' | 'json';
}

/** A whole pipeline as frozen data: no plugin is made, nothing is open. */
export interface Plan {
  readonly system: SystemPlan;
  readonly inputs: readonly InputPlan[];
  readonly labels: readonly LabelPlan[];
}

/** The built-in labels. */
export const rootLabel = '@ROOT';
export const errorLabel = '@ERROR';
export const logLabel = '@FLUENT_LOG';

/** Every output of a target, through routes, in order; labels are not followed. */
export function* outputsOf(target: Target): Generator<OutputPlan> {
  if (target.form === 'output') yield target;
  else if (target.form === 'route')
    for (const branch of target.branches) yield* outputsOf(branch.target);
}

/** The labels that a target leads to directly, through routes. */
export function* labelsOf(target: Target): Generator<LabelTarget> {
  if (target.form === 'label') yield target;
  else if (target.form === 'route')
    for (const branch of target.branches) yield* labelsOf(branch.target);
}

/** Every route of a target, itself included. */
export function* routesOf(target: Target): Generator<RoutePlan> {
  if (target.form !== 'route') return;
  yield target;
  for (const branch of target.branches) yield* routesOf(branch.target);
}

/** Every node of a plan: inputs, then label by label what its rules hold, then the secondaries. */
export function nodesOf(plan: Plan): readonly NodePlan[] {
  const nodes: NodePlan[] = [...plan.inputs];
  const secondaries: NodePlan[] = [];
  for (const rule of plan.labels.flatMap((label) => label.rules)) {
    if (rule.form === 'filter') {
      nodes.push(rule.node);
      continue;
    }
    const outputs = [...outputsOf(rule.target)];
    nodes.push(...outputs, ...routesOf(rule.target));
    for (const { secondary } of outputs) if (secondary !== undefined) secondaries.push(secondary);
  }
  return [...nodes, ...secondaries];
}

/** The match targets of a label. */
export function targetsOf(label: LabelPlan): (OutputPlan | RoutePlan)[] {
  return label.rules.flatMap((rule) => (rule.form === 'match' ? [rule.target] : []));
}

function isOfKind<K extends Kind>(node: NodePlan, kind: K): node is NodePlan<K> {
  return node.plugin.kind === kind;
}

/** Freezes plain data all the way down; plugins, regular expressions and the like are left as they are. */
export function freezePlan(plan: Plan): Plan {
  deepFreeze(plan, new Set());
  return plan;
}

function deepFreeze(value: unknown, seen: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return;
  seen.add(value);
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner, seen);
}
