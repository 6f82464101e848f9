import type { GivenArguments, Shape } from '../option/option.ts';
import { planSteps } from '../plan/plan_steps.ts';
import type { Step } from '../plan/step.ts';
import { anyPlugin, defineOutput, type Plugin } from '../plugin/define.ts';
import type { BufferSettings } from '../plugin/read_buffer.ts';
import type { SourceSettings } from './read_plan.ts';
import type { EndSettings } from './replace_ends.ts';
import { type TestWorld, testPipeline } from './test_pipeline.ts';
import type { TestRun } from './test_run.ts';
import type { WriteFake } from './write_fake.ts';

/** How one plugin is tested; everything may be left out. */
export interface PluginTestSettings extends TestWorld, Pick<SourceSettings, 'catalog'> {}

/** How an input is tested. */
export interface InputTestSettings extends PluginTestSettings {
  /** What becomes of its batches; all are taken unless given. */
  readonly downstream?: WriteFake | undefined;
}

/** How an output is tested. */
export interface OutputTestSettings extends PluginTestSettings {
  /** The output's own wishes unless given; in memory unless it says `file`. */
  readonly buffer?: BufferSettings | undefined;
  /** What happens to chunks before they are written. */
  readonly before?: WriteFake | undefined;
}

/** The id of the plugin that is tested alone. */
const id = 'under_test';
const takerId = 'taken';

/** Where what comes out of a plugin is taken; the kit replaces it. */
const taken = defineOutput({
  type: 'taken',
  doc: 'Takes what a plugin under test gives.',
  options: {},
  buffer: { store: 'none' },
  create: () => ({ write: async () => {} }),
});
const toTaken: Step = {
  form: 'match',
  pattern: '**',
  target: { form: 'output', plugin: anyPlugin(taken), given: {}, settings: { id: takerId } },
};

/** Starts a filter alone: what is fed comes out of it in `events()`, or goes to `errors`. */
export function testFilter<S extends Shape>(
  filter: Plugin<'filter', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: PluginTestSettings]>
): Promise<TestRun> {
  const plugin = anyPlugin(filter);
  const step: Step = { form: 'filter', pattern: '**', plugin, given, settings: { id } };
  return run([step, toTaken], settings);
}

/** Starts a stream operator alone, as `testFilter` does; `pass` moves its timers, and `stop` ends its source. */
export function testOperator<S extends Shape>(
  operator: Plugin<'operator', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: PluginTestSettings]>
): Promise<TestRun> {
  const plugin = anyPlugin(operator);
  const step: Step = { form: 'filter', pattern: '**', plugin, given, settings: { id } };
  return run([step, toTaken], settings);
}

/** Starts an input alone: what it emits comes out in `events()`. */
export function testInput<S extends Shape>(
  input: Plugin<'input', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: InputTestSettings]>
): Promise<TestRun> {
  const { downstream } = settings;
  const outputs = downstream === undefined ? {} : { [takerId]: downstream };
  const step: Step = { form: 'input', plugin: anyPlugin(input), given, settings: { id } };
  return run([step, toTaken], settings, { outputs, keep: [id] });
}

/** Starts an output alone, with its buffer: what is fed is written, and delivered chunks are in `receipts`. */
export function testOutput<S extends Shape>(
  output: Plugin<'output', S>,
  ...[given, settings = {}]: GivenArguments<S, [settings?: OutputTestSettings]>
): Promise<TestRun> {
  const { buffer, before } = settings;
  const plugin = anyPlugin(output);
  const target = { form: 'output', plugin, given, settings: { id, buffer } } as const;
  const outputs = before === undefined ? {} : { [id]: before };
  const buffers = buffer?.type === 'file' ? 'planned' : 'memory';
  const step: Step = { form: 'match', pattern: '**', target };
  return run([step], settings, { outputs, buffers, keep: [id] });
}

function run(
  steps: readonly Step[],
  settings: PluginTestSettings,
  ends: EndSettings = {},
): Promise<TestRun> {
  const { catalog, clock, random, hostname, timeZone } = settings;
  const source = { plan: () => planSteps(steps, { catalog }) };
  return testPipeline(source, { ...ends, clock, random, hostname, timeZone });
}
