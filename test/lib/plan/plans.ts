import { type BufferPlan, bufferOptions } from '../../../lib/buffer/options.ts';
import type { Place } from '../../../lib/error.ts';
import type {
  InputPlan,
  LabelPlan,
  LabelTarget,
  MatchRule,
  NodePlan,
  OutputPlan,
  Plan,
  RoutePlan,
  Rule,
  Target,
} from '../../../lib/plan/plan.ts';
import { rootLabel } from '../../../lib/plan/plan.ts';
import {
  anyPlugin,
  defineFilter,
  defineInput,
  defineOutput,
  defineRoute,
} from '../../../lib/plugin/define.ts';
import { readGiven } from '../../../lib/plugin/read_given.ts';

const doc = 'For a test.';
const spring = anyPlugin(
  defineInput({ type: 'spring', doc, options: {}, create: () => ({ run: async () => {} }) }),
);
const basin = anyPlugin(
  defineOutput({ type: 'basin', doc, options: {}, create: () => ({ write: async () => {} }) }),
);
const sieve = anyPlugin(
  defineFilter({ type: 'sieve', doc, options: {}, create: () => (entry) => entry }),
);
const fork = anyPlugin(defineRoute({ type: 'fork', doc, options: {}, create: () => () => [] }));
/** Only a plugin can be given options to read; this one stands for the buffer. */
const cistern = anyPlugin(
  defineOutput({
    type: 'cistern',
    doc,
    options: bufferOptions,
    create: () => ({ write: async () => {} }),
  }),
);

/** A place in line `line`, to tell faults apart by. */
export function placeAt(line: number): Place {
  return { file: 'app.conf', line, column: 1, length: 1, source: '' };
}

/** An input that leads to `label`. */
export function input(id: string, label = rootLabel, more: Partial<InputPlan> = {}): InputPlan {
  const node = { id, plugin: spring, options: {}, logLevel: undefined, at: undefined };
  return { ...node, label, labelAt: undefined, ack: 'stored', ...more };
}

/** An output, without a buffer unless one is given. */
export function output(id: string, more: Partial<OutputPlan> = {}): OutputPlan {
  return {
    form: 'output',
    id,
    plugin: basin,
    options: {},
    logLevel: undefined,
    at: undefined,
    buffer: undefined,
    secondary: undefined,
    deadLetterFolder: `/dead/${id}`,
    stateFolder: undefined,
    ...more,
  };
}

/** A `<secondary>`. */
export function secondary(id: string): NodePlan<'output'> {
  return { id, plugin: basin, options: {}, logLevel: undefined, at: undefined };
}

/** A buffer whose options are those given, and defaults. */
export function buffer(
  given: Parameters<typeof readGiven>[1],
  more: Partial<BufferPlan> = {},
): BufferPlan {
  // The options were read by the buffer's own shape.
  const options = readGiven(cistern, given) as BufferPlan['options'];
  return { store: 'memory', path: undefined, chunkKeys: [], options, ...more };
}

/** A route to some targets. */
export function route(id: string, ...targets: readonly Target[]): RoutePlan {
  return {
    form: 'route',
    id,
    plugin: fork,
    options: {},
    logLevel: undefined,
    at: undefined,
    branches: targets.map((target) => ({ target, options: {} })),
  };
}

/** A way on to a label. */
export function to(label: string, at?: Place): LabelTarget {
  return { form: 'label', label, at };
}

/** A `<match>`. */
export function match(target: MatchRule['target'], pattern = '**', patternAt?: Place): Rule {
  return { form: 'match', pattern, patternAt, target };
}

/** A `<filter>`. */
export function filter(id: string, pattern = '**', patternAt?: Place): Rule {
  const node = { id, plugin: sieve, options: {}, logLevel: undefined, at: undefined };
  return { form: 'filter', pattern, patternAt, node };
}

/** A label with its rules. */
export function label(name: string, ...rules: readonly Rule[]): LabelPlan {
  return { name, rules, at: undefined };
}

/** A plan of inputs and labels. */
export function planOf(inputs: readonly InputPlan[], ...labels: readonly LabelPlan[]): Plan {
  const system = {
    workers: 1,
    rootFolder: undefined,
    logLevel: undefined,
    logFormat: 'text',
  } as const;
  return { system, inputs, labels };
}
