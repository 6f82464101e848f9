import { join } from 'node:path';
import { MillraceError } from '../error.ts';
import { nearest } from '../option/nearest.ts';
import {
  type InputPlan,
  type NodePlan,
  nodesOf,
  type OutputPlan,
  type Plan,
  type RoutePlan,
  rootLabel,
  type Target,
} from '../plan/plan.ts';
import type { Input, Output } from '../plugin/contract.ts';
import { type AnyPlugin, anyPlugin, defineInput, defineOutput } from '../plugin/define.ts';
import { CaptureOutput } from './capture.ts';
import { Feed } from './feed.ts';
import type { WriteFake } from './write_fake.ts';

/** Which ends of a plan are replaced, and how. */
export interface EndSettings {
  /** Ids of inputs and outputs that stay what they are. */
  readonly keep?: readonly string[] | undefined;
  /** What happens to the chunks of an output, by its id, before they are captured, or written if it is kept. */
  readonly outputs?: { readonly [id: string]: WriteFake } | undefined;
  /** `memory`, the usual: file buffers become memory buffers, with the same rules. `planned`: they are what they are. */
  readonly buffers?: 'memory' | 'planned' | undefined;
}

/** A plan whose ends are in the hands of a test. */
export interface TestEnds {
  readonly plan: Plan;
  readonly feeds: ReadonlyMap<string, Feed>;
  readonly captures: ReadonlyMap<string, CaptureOutput>;
}

/**
 * Puts feeds in the place of inputs, and captures in the place of outputs. A plan without any input gets one.
 * @throws MR_PLUGIN when the settings name a node that there is not
 */
export function replaceEnds(plan: Plan, settings: EndSettings, folder: string): TestEnds {
  const ids = nodesOf(plan).map(({ id }) => id);
  for (const id of [...(settings.keep ?? []), ...Object.keys(settings.outputs ?? {})]) {
    if (!ids.includes(id)) throw noSuchNode(id, ids);
  }
  return new Replacement(settings, folder).of(plan);
}

/** What to throw at an id that means nothing. */
export function noSuchNode(id: string, ids: readonly string[]): MillraceError {
  const near = nearest(id, ids);
  const hint = near === undefined ? `there are: ${ids.join(', ')}` : `did you mean \`${near}\`?`;
  return new MillraceError('MR_PLUGIN', `the pipeline has no \`${id}\`: ${hint}`);
}

class Replacement {
  readonly #feeds = new Map<string, Feed>();
  readonly #captures = new Map<string, CaptureOutput>();
  readonly #settings: EndSettings;
  readonly #folder: string;

  constructor(settings: EndSettings, folder: string) {
    this.#settings = settings;
    this.#folder = folder;
  }

  of(plan: Plan): TestEnds {
    const inputs = plan.inputs.map((input) => this.#input(input));
    const labels = plan.labels.map((label) => ({
      ...label,
      rules: label.rules.map((rule) => {
        if (rule.form === 'filter') return rule;
        const { target } = rule;
        const ends = target.form === 'route' ? this.#route(target) : this.#output(target);
        return { ...rule, target: ends };
      }),
    }));
    if (inputs.length === 0) inputs.push(this.#input(onlyInput));
    return {
      plan: { ...plan, inputs, labels },
      feeds: this.#feeds,
      captures: this.#captures,
    };
  }

  #input(plan: InputPlan): InputPlan {
    if (this.#isKept(plan)) return plan;
    const feed = new Feed();
    this.#feeds.set(plan.id, feed);
    return { ...plan, plugin: inputOf(feed), options: {} };
  }

  #target(target: Target): Target {
    if (target.form === 'label') return target;
    return target.form === 'route' ? this.#route(target) : this.#output(target);
  }

  #route(route: RoutePlan): RoutePlan {
    const branches = route.branches.map((branch) => ({
      ...branch,
      target: this.#target(branch.target),
    }));
    return { ...route, branches };
  }

  #output(plan: OutputPlan): OutputPlan {
    const { buffer, secondary } = plan;
    const isFile = buffer?.store === 'file' && this.#settings.buffers !== 'planned';
    return {
      ...plan,
      ...this.#end(plan),
      buffer: isFile ? { ...buffer, store: 'memory', path: undefined } : buffer,
      secondary: secondary === undefined ? undefined : { ...secondary, ...this.#end(secondary) },
      deadLetterFolder: join(this.#folder, plan.id),
      stateFolder: isFile ? undefined : plan.stateFolder,
    };
  }

  #end({
    id,
    plugin,
    options,
  }: NodePlan<'output'>): Pick<NodePlan<'output'>, 'plugin' | 'options'> {
    const fake = this.#settings.outputs?.[id];
    if (this.#isKept({ id })) {
      return { plugin: fake === undefined ? plugin : withFake(plugin, fake), options };
    }
    const capture = new CaptureOutput(fake);
    this.#captures.set(id, capture);
    return { plugin: outputOf(capture), options: {} };
  }

  #isKept({ id }: { readonly id: string }): boolean {
    return this.#settings.keep?.includes(id) === true;
  }
}

function inputOf(input: Input): AnyPlugin<'input'> {
  const doc = 'What a test feeds.';
  return anyPlugin(defineInput({ type: 'feed', doc, options: {}, create: () => input }));
}

function outputOf(output: Output): AnyPlugin<'output'> {
  const doc = 'Shows a test what is delivered.';
  return anyPlugin(defineOutput({ type: 'capture', doc, options: {}, create: () => output }));
}

const onlyInput: InputPlan = {
  id: 'feed',
  plugin: inputOf(new Feed()),
  options: {},
  logLevel: undefined,
  at: undefined,
  label: rootLabel,
  labelAt: undefined,
  ack: 'stored',
};

function withFake(plugin: AnyPlugin<'output'>, fake: WriteFake): AnyPlugin<'output'> {
  const { kind, type, doc, options, buffer } = plugin;
  return {
    kind,
    type,
    doc,
    options,
    ...(buffer && { buffer }),
    create(given, context) {
      const output = plugin.create(given, context);
      const write: Output['write'] = async (chunk, signal) => {
        await fake(chunk, signal);
        await output.write(chunk, signal);
      };
      return {
        write,
        ...(output.open && { open: (signal) => output.open?.(signal) ?? Promise.resolve() }),
        ...(output.format && { format: (entry, tag) => output.format?.(entry, tag) ?? '' }),
        ...(output.close && { close: () => output.close?.() ?? Promise.resolve() }),
      };
    },
  };
}
