import { join } from 'node:path';
import { MillraceError, notMade } from '../error.ts';
import { agentIdIn } from '../fleet/agent_id.ts';
import { Fleet } from '../fleet/fleet.ts';
import type { Log } from '../log.ts';
import { labelsBelow, labelsInFlowOrder, outputsAwaitedBy } from '../plan/flow.ts';
import {
  errorLabel,
  type FilterRule,
  type LabelPlan,
  logLabel,
  type NodePlan,
  nodesOf,
  type OutputPlan,
  outputsOf,
  type Plan,
  type Rule,
  type Target,
  targetsOf,
} from '../plan/plan.ts';
import type { PluginStatus } from '../plugin/context.ts';
import type { Kind } from '../plugin/contract.ts';
import type { Door } from './door.ts';
import { ErrorExit, type LastResort } from './error_exit.ts';
import { InputRunner } from './input_runner.ts';
import { Junction, type JunctionRule } from './junction.ts';
import type { OperatorStage } from './operator_stage.ts';
import { OutputNode } from './output_node.ts';
import { type ContextSetup, makePlugin } from './plugin_context.ts';
import { ReceiptBoard } from './receipt_board.ts';
import { RouteDoor } from './route_door.ts';
import type { World } from './world.ts';

/** The nodes of a pipeline, wired and not started. */
export interface Graph {
  readonly inputs: readonly InputRunner[];
  readonly operators: readonly OperatorStage[];
  readonly outputs: readonly OutputNode[];
  /** The outputs whose deliveries inputs with `ack delivered` wait for. */
  readonly awaited: readonly OutputNode[];
  readonly labels: ReadonlyMap<string, Door>;
  readonly fleet: Fleet;
}

/**
 * Makes every plugin of a plan and wires them. `quietLog` is for what takes in the program's own log: it must
 * not reach `@FLUENT_LOG` again, or one line that cannot be delivered would go round for ever.
 * @throws the first error of a plugin or buffer that cannot be made, with its place; what was opened is closed again
 */
export async function buildGraph(
  plan: Plan,
  world: World,
  lastResort: LastResort,
  quietLog: Log = world.log,
): Promise<Graph> {
  const builder = new Builder(plan, world, lastResort, quietLog);
  try {
    return await builder.build();
  } catch (thrown) {
    await builder.abandon();
    throw thrown;
  }
}

class Builder {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #lastResort: LastResort;
  readonly #labels = new Map<string, Door>();
  readonly #outputs = new Map<OutputPlan, OutputNode>();
  readonly #operators: OperatorStage[] = [];
  readonly #belowError: ReadonlySet<string>;
  readonly #belowLog: ReadonlySet<string>;
  readonly #quietWorld: World;
  readonly #receipts: ReceiptBoard;
  readonly #fleet: Fleet;

  constructor(plan: Plan, world: World, lastResort: LastResort, quietLog: Log) {
    this.#plan = plan;
    this.#world = world;
    this.#lastResort = lastResort;
    this.#belowError = labelsBelow(plan, errorLabel);
    this.#belowLog = labelsBelow(plan, logLabel);
    this.#quietWorld = { ...world, log: quietLog };
    const targets = plan.labels.flatMap(targetsOf);
    const outputIds = targets.flatMap((target) => [...outputsOf(target)].map(({ id }) => id));
    this.#receipts = new ReceiptBoard(outputIds, world.log);
    this.#fleet = new Fleet({ ...world, path: this.#rootFile('fleet') });
  }

  async build(): Promise<Graph> {
    for (const label of this.#plan.labels) await this.#openOutputs(label);
    // Operators are ended in the order in which they are made: what one still gives, the next still takes.
    for (const label of labelsInFlowOrder(this.#plan)) {
      this.#labels.set(label.name, await this.#junction(label));
    }
    const inputs = this.#plan.inputs.map((input) => {
      const labels = { input: input.id };
      const { metrics, clock, log } = this.#world;
      return new InputRunner({
        id: input.id,
        input: this.#make(input, this.#context(input.label)),
        door: this.#labelDoor(input.label),
        ack: input.ack,
        clock,
        log: log.child({ id: input.id }, input.logLevel),
        emitted: metrics.counter('millrace_input_events_total', 'Events taken in.', labels),
        batches: metrics.counter('millrace_input_batches_total', 'Batches taken in.', labels),
      });
    });
    return {
      inputs,
      operators: this.#operators,
      outputs: [...this.#outputs.values()],
      awaited: this.#awaited(),
      fleet: this.#fleet,
      labels: this.#labels,
    };
  }

  #awaited(): OutputNode[] {
    const plans = this.#plan.inputs.flatMap((input) => outputsAwaitedBy(this.#plan, input));
    return [...this.#outputs].filter(([plan]) => plans.includes(plan)).map(([, node]) => node);
  }

  /** Closes what a failed build has opened. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#outputs.values()].map((output) => output.close(0)));
  }

  async #openOutputs(label: LabelPlan): Promise<void> {
    for (const target of targetsOf(label)) {
      for (const output of outputsOf(target)) {
        try {
          this.#outputs.set(output, await OutputNode.open(output, this.#context(label.name)));
        } catch (thrown) {
          throw notMade(thrown, output.id, output.at);
        }
      }
    }
  }

  async #junction(label: LabelPlan): Promise<Junction> {
    const { metrics, log } = this.#worldOf(label.name);
    const rules: JunctionRule[] = [];
    for (const rule of label.rules) rules.push(await this.#rule(rule, label.name));
    return new Junction({
      label: label.name,
      rules,
      errors: this.#errorExit(label.name),
      log,
      unmatched: metrics.counter(
        'millrace_unmatched_events_total',
        'Events whose tag no <match> wanted.',
        { label: label.name },
      ),
      onUnmatched: (batch) => this.#world.watcher?.onUnmatched?.(batch),
    });
  }

  async #rule(rule: Rule, label: string): Promise<JunctionRule> {
    const { pattern } = rule;
    if (rule.form === 'match')
      return { form: 'match', pattern, door: this.#door(rule.target, label) };
    const { node } = rule;
    if (!isOperator(node)) return this.#filterRule(node, pattern, label);
    return { form: 'operator', pattern, door: await this.#operatorStage(node, label) };
  }

  async #operatorStage(node: NodePlan<'operator'>, label: string): Promise<OperatorStage> {
    const { OperatorStage } = await import('./operator_stage.ts');
    const { clock, log } = this.#worldOf(label);
    const context = this.#context(label);
    // The first one is made here, so that options which do not fit together stop the start.
    const made = [this.#make(node, context)];
    const stage = new OperatorStage({
      id: node.id,
      make: () => made.pop() ?? makePlugin(node, context),
      fail: (batch, cause) => context.errors.offerAll(batch, { stageId: node.id, cause }),
      clock,
      log: log.child({ id: node.id }, node.logLevel),
    });
    this.#operators.push(stage);
    return stage;
  }

  #filterRule(node: NodePlan<'filter'>, pattern: string, label: string): JunctionRule {
    const { metrics } = this.#worldOf(label);
    const context = this.#context(label);
    const labels = { filter: node.id };
    const stage = {
      id: node.id,
      filter: this.#make(node, context),
      dropped: metrics.counter('millrace_filter_dropped_events_total', 'Events dropped.', labels),
      failed: metrics.counter('millrace_filter_failed_events_total', 'Events that failed.', labels),
    };
    return { form: 'filter', pattern, stage };
  }

  #door(target: Target, label: string): Door {
    if (target.form === 'label') return this.#labelDoor(target.label);
    if (target.form === 'output') {
      const output = this.#outputs.get(target);
      if (output === undefined) throw new TypeError(`output \`${target.id}\` is not open`);
      return output.door;
    }
    const branches = target.branches.map((branch) => branch.options);
    const route = this.#make(target, { ...this.#context(label), branches });
    const doors = target.branches.map((branch) => this.#door(branch.target, label));
    return new RouteDoor(target.id, route, doors, this.#errorExit(label));
  }

  /** The door of a label that may not be made yet. */
  #labelDoor(name: string): Door {
    const labels = this.#labels;
    return {
      offer(batch) {
        const door = labels.get(name);
        if (door !== undefined) return door.offer(batch);
        batch.delivery.nack(new MillraceError('MR_PLAN', `there is no label \`${name}\``));
        return undefined;
      },
    };
  }

  #errorExit(label: string): ErrorExit {
    const { metrics, log } = this.#worldOf(label);
    const hasLabel = this.#plan.labels.some((each) => each.name === errorLabel);
    return new ErrorExit({
      door: hasLabel && !this.#belowError.has(label) ? this.#labelDoor(errorLabel) : undefined,
      lastResort: this.#lastResort,
      log,
      errors: metrics.counter(
        'millrace_error_events_total',
        'Events that could not be processed.',
        {
          label,
        },
      ),
      onFailure: (batch, failures) => this.#world.watcher?.onFailure?.(batch, failures),
    });
  }

  #context(label: string): ContextSetup {
    return {
      world: this.#worldOf(label),
      errors: this.#errorExit(label),
      receipts: this.#receipts,
      fleet: this.#fleet,
      agentId: () => this.#agentId(),
      statuses: () => this.#statuses(),
      storedEnds: (source) => this.#storedEnds(source),
    };
  }

  #agentId(): string | undefined {
    const path = this.#rootFile('agent');
    return path === undefined ? undefined : agentIdIn(path, this.#world.random);
  }

  #statuses(): PluginStatus[] {
    const buffers = new Map([...this.#outputs].map(([{ id }, node]) => [id, node.buffer]));
    return nodesOf(this.#plan).map(({ id, plugin: { kind, type } }) => ({
      ...{ id, kind, type },
      buffer: buffers.get(id),
    }));
  }

  /** A file of the whole process. */
  #rootFile(name: string): string | undefined {
    const { rootFolder } = this.#plan.system;
    return rootFolder === undefined ? undefined : join(rootFolder, 'worker0', name);
  }

  #worldOf(label: string): World {
    return this.#belowLog.has(label) ? this.#quietWorld : this.#world;
  }

  #storedEnds(source: string): readonly number[] {
    const ends = new Set<number>();
    for (const output of this.#outputs.values()) {
      for (const end of output.storedEnds(source)) ends.add(end);
    }
    return [...ends].sort((a, b) => a - b);
  }

  #make<K extends Kind>(node: NodePlan<K>, setup: ContextSetup): ReturnType<typeof makePlugin<K>> {
    try {
      return makePlugin(node, setup);
    } catch (thrown) {
      throw notMade(thrown, node.id, node.at);
    }
  }
}

function isOperator(node: FilterRule['node']): node is NodePlan<'operator'> {
  return node.plugin.kind === 'operator';
}
