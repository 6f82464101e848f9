import { isDeepStrictEqual } from 'node:util';
import { bufferOptions } from '../buffer/options.ts';
import { MillraceError } from '../error.ts';
import { givenTexts } from '../option/given_text.ts';
import type { Parsed, Shape } from '../option/option.ts';
import { toSnake } from '../option/spelling.ts';
import {
  type BranchPlan,
  type InputPlan,
  type LabelPlan,
  type NodePlan,
  type OutputPlan,
  type Plan,
  type RoutePlan,
  type Rule,
  rootLabel,
} from '../plan/plan.ts';
import type { Catalog } from '../plugin/catalog.ts';
import type { PluginCall } from '../plugin/define.ts';
import { idOf } from '../plugin/stream_settings.ts';
import { type Attribute, type MutableElement, newElement } from './element.ts';
import { printElement } from './print.ts';

/** How a plan is printed. */
export interface PrintSetup {
  /** Finds the plugins by their types, as the reader of the configuration will. */
  readonly catalog: Catalog;
  /** Whether secrets are printed as they are, instead of as `xxxxxx`. */
  readonly showsSecrets: boolean;
}

/**
 * The plan as a configuration that compiles to it again: what was written for it, without the defaults.
 * @throws MR_PLAN when a node is code, which has no form in a configuration
 */
export async function printPlan(plan: Plan, setup: PrintSetup): Promise<string> {
  return printElement(await new PlanPrinter(setup).root(plan));
}

/** Nobody looks for these elements in a file. */
const nowhere = { file: '', line: 1, column: 1, length: 0, source: '' };

class PlanPrinter {
  readonly #setup: PrintSetup;
  readonly #idCounts = new Map<string, number>();

  constructor(setup: PrintSetup) {
    this.#setup = setup;
  }

  async root(plan: Plan): Promise<MutableElement> {
    const root = newElement('ROOT', nowhere);
    const system = systemElement(plan);
    if (system.attributes.size + system.elements.length > 0) root.elements.push(system);
    for (const input of plan.inputs) root.elements.push(await this.#input(input));
    for (const label of plan.labels) root.elements.push(...(await this.#label(label)));
    return root;
  }

  async #label({ name, rules }: LabelPlan): Promise<MutableElement[]> {
    const elements: MutableElement[] = [];
    for (const rule of rules) elements.push(await this.#rule(rule));
    if (name === rootLabel) return elements;
    const label = sectionOf('label', name);
    label.elements.push(...elements);
    return [label];
  }

  async #input(input: InputPlan): Promise<MutableElement> {
    const element = sectionOf('source');
    await this.#node(element, input);
    if (input.label !== rootLabel) put(element, '@label', input.label);
    if (input.ack !== 'stored') put(element, 'ack', input.ack);
    await this.#options(element, input.plugin.options, input.options);
    return element;
  }

  async #rule(rule: Rule): Promise<MutableElement> {
    const element = sectionOf(rule.form, rule.pattern);
    if (rule.form === 'filter') {
      await this.#node(element, rule.node);
      await this.#options(element, rule.node.plugin.options, rule.node.options);
    } else if (rule.target.form === 'output') await this.#output(element, rule.target);
    else await this.#route(element, rule.target);
    return element;
  }

  async #output(element: MutableElement, output: OutputPlan): Promise<void> {
    await this.#node(element, output);
    await this.#options(element, output.plugin.options, output.options);
    const buffer = await this.#buffer(output);
    if (buffer !== undefined) element.elements.push(buffer);
    if (output.secondary === undefined) return;
    await this.#check(output.secondary);
    const secondary = sectionOf('secondary');
    put(secondary, '@type', output.secondary.plugin.type);
    await this.#options(secondary, output.secondary.plugin.options, output.secondary.options);
    element.elements.push(secondary);
  }

  /** Undefined where it says no more than the output wants by itself. */
  async #buffer({ plugin, buffer }: OutputPlan): Promise<MutableElement | undefined> {
    if (buffer === undefined) return undefined;
    const { store: wish = 'memory', chunkKeys = [] } = plugin.buffer ?? {};
    const hasOwnKeys = !isDeepStrictEqual(buffer.chunkKeys, chunkKeys);
    const element = sectionOf('buffer', hasOwnKeys ? keysText(buffer.chunkKeys) : '');
    if (buffer.store !== (wish === 'file' ? 'file' : 'memory')) put(element, '@type', buffer.store);
    await this.#options(element, bufferOptions, buffer.options);
    const saysNothing = element.attributes.size === 0 && !hasOwnKeys && wish !== 'none';
    return saysNothing ? undefined : element;
  }

  async #route(element: MutableElement, route: RoutePlan): Promise<void> {
    await this.#node(element, route);
    await this.#options(element, route.plugin.options, route.options);
    const { branches: name } = route.plugin;
    for (const branch of route.branches) {
      if (name === undefined && branch.target.form === 'label') {
        put(element, '@label', branch.target.label);
      } else element.elements.push(await this.#branch(toSnake(name ?? ''), route, branch));
    }
  }

  async #branch(name: string, route: RoutePlan, branch: BranchPlan): Promise<MutableElement> {
    const given = new Map(givenTexts(branch.options));
    const element = sectionOf(name, given.get('argument') ?? '');
    const { target } = branch;
    if (target.form === 'output') await this.#output(element, target);
    else if (target.form === 'route') await this.#route(element, target);
    else {
      put(element, '@type', 'relabel');
      put(element, '@label', target.label);
    }
    const { argument: _, ...shape } = route.plugin.branchOptions ?? {};
    await this.#options(element, shape, branch.options);
    return element;
  }

  async #node(element: MutableElement, node: NodePlan): Promise<void> {
    const { id, logLevel } = node;
    const plugin = node.writtenAs ?? node.plugin;
    await this.#check({ id, plugin });
    put(element, '@type', plugin.type);
    const base = idOf(plugin);
    const count = (this.#idCounts.get(base) ?? 0) + 1;
    // Only a node without an id is counted by whoever reads it.
    if (id === (count === 1 ? base : `${base}_${count}`)) this.#idCounts.set(base, count);
    else put(element, '@id', id);
    if (logLevel !== undefined) put(element, '@log_level', logLevel);
  }

  async #check({ id, plugin }: Pick<NodePlan, 'id' | 'plugin'>): Promise<void> {
    if ((await this.#setup.catalog.find(plugin.kind, plugin.type)) === plugin) return;
    const hint =
      'put a function into a module and use filter `script`, or a plugin into a folder of plugins';
    throw new MillraceError('MR_PLAN', `\`${id}\` is code: no configuration can say what it is`, {
      hint,
    });
  }

  async #options(element: MutableElement, shape: Shape, options: Parsed<Shape>): Promise<void> {
    const given = givenTexts(options);
    for (const [key, option] of Object.entries(shape)) {
      const name = toSnake(key);
      const value = options[key];
      if (option.form === 'value') {
        const text = given.get(key);
        if (text === undefined) continue;
        put(element, name, option.isSecret && !this.#setup.showsSecrets ? 'xxxxxx' : text);
      } else if (option.form === 'free') element.elements.push(...freeElements(name, value));
      else {
        for (const each of [value].flat()) {
          const inner =
            option.form === 'section'
              ? await this.#section(name, option.shape, each)
              : await this.#nested(name, option.defaultType, each);
          if (inner !== undefined) element.elements.push(inner);
        }
      }
    }
  }

  async #section(name: string, shape: Shape, value: unknown): Promise<MutableElement | undefined> {
    if (!isOptions(value)) return undefined;
    const element = sectionOf(name);
    await this.#options(element, shape, value);
    return element;
  }

  async #nested(
    name: string,
    defaultType: string | undefined,
    value: unknown,
  ): Promise<MutableElement | undefined> {
    if (!isCall(value)) return undefined;
    const { plugin, options } = value;
    await this.#check({ id: plugin.type, plugin });
    const element = sectionOf(name);
    put(element, '@type', plugin.type);
    await this.#options(element, plugin.options, options);
    const saysNothing = element.attributes.size === 1 && element.elements.length === 0;
    return plugin.type === defaultType && saysNothing ? undefined : element;
  }
}

function systemElement({ system }: Plan): MutableElement {
  const element = sectionOf('system');
  const { workers, rootFolder, logLevel, logFormat } = system;
  if (workers !== 1) put(element, 'workers', String(workers));
  if (rootFolder !== undefined) put(element, 'root_dir', rootFolder);
  if (logLevel !== undefined) put(element, 'log_level', logLevel);
  if (logFormat !== 'text') {
    const log = sectionOf('log');
    put(log, 'format', logFormat);
    element.elements.push(log);
  }
  return element;
}

function freeElements(name: string, value: unknown): MutableElement[] {
  if (!(value instanceof Map) || value.size === 0) return [];
  const element = sectionOf(name);
  for (const [key, text] of value) put(element, String(key), String(text));
  return [element];
}

/** Chunk keys as the argument of a `<buffer>`. */
function keysText(keys: readonly string[]): string {
  return keys.some((key) => /[\s,>]/.test(key)) ? JSON.stringify(keys) : keys.join(', ');
}

function sectionOf(name: string, arg = ''): MutableElement {
  const element = newElement(name, nowhere);
  element.arg = arg;
  return element;
}

function put(element: MutableElement, key: string, value: string | null): void {
  const attribute: Attribute = { key, value, keyAt: nowhere, valueAt: nowhere };
  element.attributes.set(key, attribute);
}

function isOptions(value: unknown): value is Parsed<Shape> {
  return typeof value === 'object' && value !== null;
}

function isCall(value: unknown): value is PluginCall {
  return isOptions(value) && typeof value['plugin'] === 'function';
}
