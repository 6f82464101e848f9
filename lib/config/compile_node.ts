import { dirname } from 'node:path';
import { bufferOptions } from '../buffer/options.ts';
import { planFolders } from '../buffer/plan_buffer.ts';
import { MillraceError } from '../error.ts';
import { type LogLevel, logLevels } from '../log.ts';
import { oneOf } from '../option/declare.ts';
import type { Parsed, Shape, SourceSection } from '../option/option.ts';
import { toSnake } from '../option/spelling.ts';
import {
  asFilterNode,
  type BranchPlan,
  type InputPlan,
  type NodePlan,
  type OutputPlan,
  type RoutePlan,
  type Rule,
  rootLabel,
  type Target,
} from '../plan/plan.ts';
import type { Kind } from '../plugin/contract.ts';
import type { AnyPlugin } from '../plugin/define.ts';
import { type Reserved, readSection } from '../plugin/read_section.ts';
import type { Compilation } from './compilation.ts';
import { readBuffer } from './compile_buffer.ts';
import { olderBufferKeys } from './older_buffer.ts';

/** What every plugin's section may hold besides the plugin's own options. */
const commonOptions = {
  ack: oneOf(['stored', 'delivered'], {
    doc: 'When an event counts as taken: once it lies in a buffer, or once every output has delivered it.',
    default: 'stored',
  }),
} satisfies Shape;

/** Reads a `<source>`. Undefined when its plugin is not known; the fault is reported. */
export async function readInput(
  section: SourceSection,
  compilation: Compilation,
): Promise<InputPlan | undefined> {
  const plugin = await findPlugin(section, ['input'], compilation);
  if (plugin === undefined) return undefined;
  const node = await readNode(section, plugin, compilation, { keys: ['ack'], sections: [] });
  const common = await readSection(
    commonOptions,
    { ...section, values: pick(section, ['ack']), sections: [] },
    `input \`${plugin.type}\``,
    compilation,
  );
  return {
    ...node,
    label: section.values.get('@label')?.text ?? rootLabel,
    labelAt: section.values.get('@label')?.valueAt,
    ack: common['ack'] === 'delivered' ? 'delivered' : 'stored',
  };
}

/** Reads a `<filter>` or `<match>`. Undefined when its plugin is not known; the fault is reported. */
export async function readRule(
  section: SourceSection,
  compilation: Compilation,
  label: string,
): Promise<Rule | undefined> {
  const pattern = section.argument === '' ? '**' : section.argument;
  const patternAt = section.argumentAt;
  if (section.name === 'match') {
    const target = await readTarget(section, compilation);
    return target === undefined ? undefined : { form: 'match', pattern, patternAt, target };
  }
  const plugin = await findPlugin(section, ['filter', 'operator'], compilation);
  if (plugin === undefined) return undefined;
  const node = await readNode(section, plugin, compilation);
  const filter = asFilterNode(await standIn(section, node, compilation));
  if (filter !== undefined) return { form: 'filter', pattern, patternAt, node: filter };
  compilation.fault('MR_PLUGIN', `\`${plugin.type}\` is no filter in label ${label}`, section.at);
  return undefined;
}

/** The node with the plugin that its own stands for. */
async function standIn(
  section: SourceSection,
  node: NodePlan,
  compilation: Compilation,
): Promise<NodePlan> {
  const stand = node.plugin.standIn;
  const value = stand && section.values.get(toSnake(stand.option));
  // One that is not there has been reported.
  if (stand === undefined || value === undefined) return node;
  const at = value.valueAt ?? section.at;
  try {
    const found = await stand.find(node.options, dirname(at?.file ?? ''));
    return { ...node, ...found, writtenAs: node.plugin };
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown;
    const { code, message, hint } = thrown;
    compilation.fault(new MillraceError(code, message, { cause: thrown, at, hint }));
    return node;
  }
}

async function readTarget(
  section: SourceSection,
  compilation: Compilation,
): Promise<OutputPlan | RoutePlan | undefined> {
  const plugin = await findPlugin(section, ['output', 'route'], compilation);
  if (plugin === undefined) return undefined;
  return plugin.kind === 'route'
    ? readRoute(section, plugin, compilation)
    : readOutput(section, plugin, compilation);
}

async function readOutput(
  section: SourceSection,
  plugin: AnyPlugin,
  compilation: Compilation,
  branchKeys: readonly string[] = [],
): Promise<OutputPlan> {
  const inner = { section: 'buffer', keys: Object.keys(bufferOptions).map(toSnake) };
  const olderKeys = olderBufferKeys(section, Object.keys(plugin.options).map(toSnake));
  const reserved = {
    keys: [...branchKeys, ...olderKeys],
    sections: ['buffer', 'secondary'],
    inner,
  };
  const node = asKind(await readNode(section, plugin, compilation, reserved), 'output');
  const buffer = await readBuffer(section, node, compilation);
  return {
    ...node,
    form: 'output',
    buffer,
    secondary: await readSecondary(section, node, compilation),
    ...planFolders(node.id, buffer, compilation.rootFolder),
  };
}

/** A `<secondary>` takes its primary's type and options where it names none of its own. */
async function readSecondary(
  section: SourceSection,
  primary: NodePlan<'output'>,
  compilation: Compilation,
): Promise<NodePlan<'output'> | undefined> {
  const inner = section.sections.find((each) => each.name === 'secondary');
  if (inner === undefined) return undefined;
  const type = inner.values.get('@type')?.text ?? primary.plugin.type;
  const at = inner.values.get('@type')?.valueAt ?? inner.at;
  const plugin = await compilation.loadAny(['output'], type, at);
  if (plugin === undefined) return undefined;
  const isSameType = plugin === primary.plugin;
  const merged: SourceSection = isSameType ? inheritFrom(section, inner) : inner;
  const options = await readSection(plugin.options, merged, `output \`${type}\``, compilation, {
    keys: [],
    sections: ['buffer', 'secondary'],
  });
  return {
    id: `${primary.id}.secondary`,
    plugin,
    options,
    logLevel: primary.logLevel,
    at: inner.at,
  };
}

function inheritFrom(primary: SourceSection, secondary: SourceSection): SourceSection {
  const own = new Set(secondary.sections.map((each) => each.name));
  return {
    ...secondary,
    values: new Map([...primary.values, ...secondary.values]),
    sections: [...secondary.sections, ...primary.sections.filter((each) => !own.has(each.name))],
  };
}

async function readRoute(
  section: SourceSection,
  plugin: AnyPlugin,
  compilation: Compilation,
): Promise<RoutePlan> {
  const { branches: branchName } = plugin;
  const sections = branchName === undefined ? [] : [branchName];
  const node = asKind(
    await readNode(section, plugin, compilation, { keys: [], sections }),
    'route',
  );
  const branches =
    branchName === undefined
      ? labelBranch(section, plugin, compilation)
      : await readBranches(section, branchName, plugin, compilation);
  return { ...node, form: 'route', branches };
}

function labelBranch(
  section: SourceSection,
  plugin: AnyPlugin,
  compilation: Compilation,
): BranchPlan[] {
  const label = section.values.get('@label');
  if (label?.text === undefined || label.text === null || label.text === '') {
    const hint = 'it says where the events go on';
    compilation.fault('MR_OPTION', `output \`${plugin.type}\` needs \`@label\``, section.at, hint);
    return [];
  }
  const target: Target = { form: 'label', label: label.text, at: label.valueAt };
  return [{ target, options: {} }];
}

async function readBranches(
  section: SourceSection,
  branchName: string,
  plugin: AnyPlugin,
  compilation: Compilation,
): Promise<BranchPlan[]> {
  const stores = section.sections.filter((each) => each.name === branchName);
  const shape = plugin.branchOptions ?? {};
  const keys = Object.keys(shape);
  if (stores.length === 0) {
    const message = `output \`${plugin.type}\` needs at least one <${branchName}>`;
    compilation.fault('MR_OPTION', message, section.at);
  }
  const branches: BranchPlan[] = [];
  for (const store of stores) {
    const inner = await findPlugin(store, ['output', 'route'], compilation);
    if (inner === undefined) continue;
    const own: SourceSection = { ...store, values: branchValues(store, keys), sections: [] };
    const owner = `<${branchName}> of output \`${plugin.type}\``;
    const options = await readSection(shape, own, owner, compilation);
    const target =
      inner.kind === 'route'
        ? await readRoute(store, inner, compilation)
        : await readOutput(store, inner, compilation, keys);
    branches.push({ target, options });
  }
  return branches;
}

/** The values that a branch's section holds for the route; its argument is the value `argument`. */
function branchValues(store: SourceSection, keys: readonly string[]): SourceSection['values'] {
  const values = pick(store, keys);
  if (!keys.includes('argument') || store.argument === '') return values;
  const value = { text: store.argument, keyAt: store.argumentAt, valueAt: store.argumentAt };
  return new Map([...values, ['argument', value]]);
}

async function findPlugin<K extends Kind>(
  section: SourceSection,
  kinds: readonly K[],
  compilation: Compilation,
): Promise<AnyPlugin<K> | undefined> {
  const type = section.values.get('@type');
  if (type?.text === undefined || type.text === null || type.text === '') {
    const argument = section.argument === '' ? '' : ` ${section.argument}`;
    compilation.fault(
      'MR_OPTION',
      `<${section.name}${argument}> needs \`@type\``,
      section.at,
      'it names the plugin',
    );
    return undefined;
  }
  return compilation.loadAny(kinds, type.text, type.valueAt);
}

async function readNode<K extends Kind>(
  section: SourceSection,
  plugin: AnyPlugin<K>,
  compilation: Compilation,
  reserved: Reserved = { keys: [], sections: [] },
): Promise<NodePlan<K>> {
  const owner = `${plugin.kind} \`${plugin.type}\``;
  const options: Parsed<Shape> = await readSection(
    plugin.options,
    section,
    owner,
    compilation,
    reserved,
  );
  return {
    id: compilation.idOf(section, plugin.kind, plugin.type),
    plugin,
    options,
    logLevel: readLogLevel(section, compilation),
    at: section.at,
  };
}

function readLogLevel(section: SourceSection, compilation: Compilation): LogLevel | undefined {
  const value = section.values.get('@log_level') ?? section.values.get('log_level');
  if (value?.text === undefined || value.text === null) return undefined;
  const level = logLevels.find((each) => each === value.text);
  if (level === undefined) {
    const message = `\`@log_level\`: expected one of ${logLevels.join(', ')}, not \`${value.text}\``;
    compilation.fault('MR_OPTION', message, value.valueAt);
  }
  return level;
}

function pick(section: SourceSection, keys: readonly string[]): SourceSection['values'] {
  return new Map([...section.values].filter(([key]) => keys.includes(key)));
}

function isKind<K extends Kind>(node: NodePlan, kind: K): node is NodePlan<K> {
  return node.plugin.kind === kind;
}

function asKind<K extends Kind>(node: NodePlan, kind: K): NodePlan<K> {
  if (isKind(node, kind)) return node;
  throw new TypeError(`plugin \`${node.plugin.type}\` is no ${kind}`);
}
