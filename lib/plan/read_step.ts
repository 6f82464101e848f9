import type { BufferPlan } from '../buffer/options.ts';
import { planFolders } from '../buffer/plan_buffer.ts';
import { aboutPlugin, MillraceError, toError } from '../error.ts';
import type { Parsed, Shape } from '../option/option.ts';
import { type Catalog, isOfKind } from '../plugin/catalog.ts';
import type { Kind } from '../plugin/contract.ts';
import type { AnyPlugin } from '../plugin/define.ts';
import { fillCall, fillDefaults, type LoadPlugin } from '../plugin/fill_defaults.ts';
import { type BufferSettings, readBuffer } from '../plugin/read_buffer.ts';
import { readShape } from '../plugin/read_given.ts';
import { idOf } from '../plugin/stream_settings.ts';
import {
  asFilterNode,
  type BranchPlan,
  type FilterRule,
  type InputPlan,
  type MatchRule,
  type NodePlan,
  type OutputPlan,
  type RoutePlan,
  type Target,
} from './plan.ts';
import type {
  BranchStep,
  CalledStep,
  FilterStep,
  InputStep,
  MatchStep,
  NodeSettings,
  OutputStep,
  RouteStep,
} from './step.ts';

const unread: Parsed<Shape> = {};

/**
 * Reads the steps of a builder as nodes of a plan. Every fault is kept, none is thrown; options with a fault
 * come out empty, so that the rest can be checked too.
 */
export class StepReader {
  readonly faults: MillraceError[] = [];
  readonly #load: LoadPlugin;
  readonly #rootFolder: string | undefined;
  readonly #ids = new Set<string>();
  readonly #idCounts = new Map<string, number>();

  constructor(catalog: Catalog, rootFolder: string | undefined) {
    this.#load = (kind, type) => catalog.load(kind, type);
    this.#rootFolder = rootFolder;
  }

  /** Makes ids known that are taken. */
  reserve(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.add(id);
  }

  /** An input, in the label in which its step stands unless it names another. */
  async input({ plugin, given, settings }: InputStep, label: string): Promise<InputPlan> {
    return {
      ...(await this.#node(plugin, plugin.options, given, settings)),
      label: settings.label ?? label,
      labelAt: undefined,
      ack: settings.ack ?? 'stored',
    };
  }

  async filter({ pattern, plugin, given, settings }: FilterStep): Promise<FilterRule> {
    const node = isOfKind(plugin, 'operator')
      ? await this.#node(plugin, plugin.options, given, settings)
      : await this.#node(plugin, plugin.options, given, settings);
    return { form: 'filter', pattern, patternAt: undefined, node: await this.#standIn(node) };
  }

  /** A filter, or undefined where its plugin lacks something. */
  async called({ pattern, call, settings }: CalledStep): Promise<FilterRule | undefined> {
    const id = this.#idOf(call.plugin, settings.id);
    const filled = await this.#try(() => fillCall(call, this.#load), id);
    if (filled === undefined) return undefined;
    const node = asFilterNode({ id, ...filled, logLevel: settings.logLevel, at: undefined });
    return node && { form: 'filter', pattern, patternAt: undefined, node };
  }

  /** The node with the plugin that its own stands for; paths are relative to the working folder. */
  async #standIn(node: FilterRule['node']): Promise<FilterRule['node']> {
    const { standIn } = node.plugin;
    // Options that could not be read say nothing.
    if (standIn === undefined || node.options === unread) return node;
    const found = await this.#try(() => standIn.find(node.options, process.cwd()), node.id);
    return (found && asFilterNode({ ...node, ...found, writtenAs: node.plugin })) ?? node;
  }

  /** A match, or undefined where its route could not be found. */
  async match({ pattern, target }: MatchStep): Promise<MatchRule | undefined> {
    const read = target.form === 'label' ? undefined : await this.#target(target);
    if (read === undefined || read.form === 'label') return undefined;
    return { form: 'match', pattern, patternAt: undefined, target: read };
  }

  async #target(step: OutputStep | RouteStep): Promise<Target | undefined> {
    return step.form === 'output' ? this.#output(step) : this.#route(step);
  }

  async #output({ plugin, given, settings }: OutputStep): Promise<OutputPlan> {
    const node = await this.#node(plugin, plugin.options, given, settings);
    // What a buffer takes from options that could not be read is not to be reported as missing.
    const buffer = node.options === unread ? undefined : await this.#buffer(node, settings.buffer);
    return {
      ...node,
      form: 'output',
      buffer,
      secondary: await this.#secondary(node, settings.secondary),
      ...planFolders(node.id, buffer, this.#rootFolder),
    };
  }

  async #buffer(
    { id, plugin, options }: NodePlan<'output'>,
    given: BufferSettings | undefined,
  ): Promise<BufferPlan | undefined> {
    const owner = { id, plugin, options, rootFolder: this.#rootFolder };
    return this.#try(async () => readBuffer(owner, given), id);
  }

  async #secondary(
    primary: NodePlan<'output'>,
    given: OutputStep['settings']['secondary'],
  ): Promise<NodePlan<'output'> | undefined> {
    if (given === undefined) return undefined;
    const call = await this.#try(() => fillCall(given, this.#load), primary.id);
    if (call === undefined) return undefined;
    const { logLevel } = primary;
    return { id: `${primary.id}.secondary`, ...call, logLevel, at: undefined };
  }

  async #route(step: RouteStep): Promise<RoutePlan | undefined> {
    const { given, settings } = step;
    const plugin = typeof step.plugin === 'string' ? await this.#find(step.plugin) : step.plugin;
    if (plugin === undefined) return undefined;
    const { [plugin.branches ?? '']: _, ...shape } = plugin.options;
    const node = await this.#node(plugin, shape, given, settings);
    if (step.branches.length === 0) {
      this.faults.push(new MillraceError('MR_OPTION', `route \`${plugin.type}\` needs a branch`));
    }
    const branches: BranchPlan[] = [];
    for (const branch of step.branches) {
      const read = await this.#branch(branch, plugin);
      if (read !== undefined) branches.push(read);
    }
    return { ...node, form: 'route', branches };
  }

  async #branch(step: BranchStep, route: AnyPlugin<'route'>): Promise<BranchPlan | undefined> {
    const shape = route.branchOptions ?? {};
    const options = await this.#options(shape, step.given, `a branch of route \`${route.type}\``);
    const target: Target | undefined =
      step.target.form === 'label'
        ? { form: 'label', label: step.target.label, at: undefined }
        : await this.#target(step.target);
    return target === undefined || options === undefined ? undefined : { target, options };
  }

  async #find(type: string): Promise<AnyPlugin<'route'> | undefined> {
    const plugin = await this.#try(() => this.#load('route', type));
    return plugin !== undefined && isOfKind(plugin, 'route') ? plugin : undefined;
  }

  async #node<K extends Kind>(
    plugin: AnyPlugin<K>,
    shape: Shape,
    given: unknown,
    settings: NodeSettings,
  ): Promise<NodePlan<K>> {
    const id = this.#idOf(plugin, settings.id);
    const owner = `${plugin.kind} \`${plugin.type}\``;
    const options = (await this.#options(shape, given, owner, id)) ?? unread;
    return { id, plugin, options, logLevel: settings.logLevel, at: undefined };
  }

  #options(
    shape: Shape,
    given: unknown,
    owner: string,
    pluginId?: string,
  ): Promise<Parsed<Shape> | undefined> {
    const read = async (): Promise<Parsed<Shape>> =>
      fillDefaults(shape, readShape(shape, given ?? {}, owner), this.#load);
    return this.#try(read, pluginId);
  }

  async #try<T>(read: () => Promise<T>, pluginId?: string): Promise<T | undefined> {
    try {
      return await read();
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw toError(thrown);
      this.faults.push(pluginId === undefined ? thrown : aboutPlugin(thrown, pluginId));
      return undefined;
    }
  }

  /** The id given, or `<kind>_<type>`, `<kind>_<type>_2`, ... */
  #idOf(plugin: AnyPlugin, given: string | undefined): string {
    if (given !== undefined) return given;
    const base = idOf(plugin);
    let count = this.#idCounts.get(base) ?? 0;
    let id: string;
    do {
      count += 1;
      id = count === 1 ? base : `${base}_${count}`;
    } while (this.#ids.has(id));
    this.#idCounts.set(base, count);
    return id;
  }
}
