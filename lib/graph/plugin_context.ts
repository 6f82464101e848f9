import type { Fleet } from '../fleet/fleet.ts';
import type { Parsed, Shape } from '../option/option.ts';
import type { NodePlan } from '../plan/plan.ts';
import type { Chunking, PluginContext, PluginStatus } from '../plugin/context.ts';
import type { Kind, Kinds } from '../plugin/contract.ts';
import type { ErrorExit } from './error_exit.ts';
import type { ReceiptBoard } from './receipt_board.ts';
import type { World } from './world.ts';

/** What a node's context needs besides the world. */
export interface ContextSetup {
  readonly world: World;
  readonly errors: ErrorExit;
  readonly receipts: ReceiptBoard;
  readonly fleet: Fleet;
  readonly agentId: () => string | undefined;
  readonly statuses: () => readonly PluginStatus[];
  readonly stateFolder?: string | undefined;
  readonly chunking?: Chunking | undefined;
  readonly branches?: readonly Parsed<Shape>[];
  readonly storedEnds: (source: string) => readonly number[];
}

/** Makes a node's plugin. @throws MR_OPTION when its options do not fit together */
export function makePlugin<K extends Kind>(node: NodePlan<K>, setup: ContextSetup): Kinds[K] {
  return node.plugin.create(node.options, contextOf(node, setup));
}

function contextOf(node: NodePlan, setup: ContextSetup): PluginContext {
  const { world, errors, receipts, storedEnds, fleet, agentId, statuses } = setup;
  const context: PluginContext = {
    id: node.id,
    log: world.log.child({ id: node.id }, node.logLevel),
    clock: world.clock,
    metrics: world.metrics,
    hostname: world.hostname,
    workerId: world.workerId,
    agentId,
    fleet,
    statuses,
    timeZone: world.timeZone,
    stateFolder: setup.stateFolder,
    chunking: setup.chunking,
    branches: setup.branches ?? [],
    print: (text) => world.print(text),
    make: (call) => call.plugin.create(call.options, context),
    emitError: (tag, entry, cause) => errors.emit(node.id, tag, entry, cause),
    random: () => world.random(),
    receipts: (outputIds) => receipts.feed(outputIds),
    storedEnds,
  };
  return context;
}
