import type { Entry, EventRecord } from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import type { GivenArguments, Shape } from '../option/option.ts';
import { anyPlugin, defineFilter, type Plugin } from '../plugin/define.ts';
import {
  functionPlugin,
  operatorPlugin,
  readUserCode,
  transformPlugin,
  type UserStage,
} from '../plugin/user_stage.ts';
import { errorLabel, type Plan } from './plan.ts';
import { planSteps } from './plan_steps.ts';
import type { Running, RunOptions } from './running.ts';
import { type RecordSchema, validated } from './schema.ts';
import type { FilterStep, InputSettings, NodeSettings, PipelineSettings, Step } from './step.ts';
import { type Way, Ways } from './target.ts';

/** An entry whose record is of a type that its pipeline knows. */
export interface TypedEntry<R> {
  readonly time: EventTime;
  readonly record: R;
}

/** A user's function on entries: it passes one on, gives another one, or drops it with null. */
export type EntryMap<R, Out> = (entry: TypedEntry<R>, tag: string) => TypedEntry<Out> | null;

/** How a pipeline is printed as a configuration. */
export interface PrintOptions {
  /** Secrets are printed as they are, instead of as `xxxxxx`. */
  readonly showSecrets?: boolean | undefined;
}

/** What stands above plans: how one is run, and how one is printed. */
export interface PlanEnds {
  run(plan: Plan, options: RunOptions): Promise<Running>;
  print(plan: Plan, settings: PipelineSettings, options: PrintOptions): Promise<string>;
}

type AnyFilter = FilterStep['plugin'];
/** That records are what their pipeline says is for the user to know, or for a schema to check. */
type UserFunction = (entry: Entry, tag: string) => unknown;

/**
 * A pipeline, or a part of one, in the making. It is a value: each method gives a new one and leaves the old one
 * as it was, so that parts can be used again. `R` is the type of the records.
 */
export class Builder<R extends object = EventRecord> {
  readonly #ends: PlanEnds;
  readonly #settings: PipelineSettings;
  readonly steps: readonly Step[];

  constructor(ends: PlanEnds, settings: PipelineSettings, steps: readonly Step[] = []) {
    this.#ends = ends;
    this.#settings = settings;
    this.steps = steps;
  }

  /** Adds an input. */
  from<S extends Shape>(
    input: Plugin<'input', S>,
    ...[given, settings = {}]: GivenArguments<S, [settings?: InputSettings]>
  ): Builder<R> {
    return this.#with({ form: 'input', plugin: anyPlugin(input), given, settings });
  }

  /** Adds a filter or operator for the tags that match: `**` is all of them. */
  filter<S extends Shape>(
    pattern: string,
    filter: Plugin<'filter', S> | Plugin<'operator', S>,
    ...[given, settings = {}]: GivenArguments<S, [settings?: NodeSettings]>
  ): Builder<R> {
    const plugin = filter.kind === 'filter' ? anyPlugin(filter) : anyPlugin(filter);
    return this.#filter(pattern, plugin, given, settings);
  }

  /** Adds a function on entries for the tags that match; without a pattern, for all. What it throws sends the entry to `@ERROR`. */
  map<Out extends object>(run: EntryMap<R, Out>, settings?: NodeSettings): Builder<Out>;
  map<Out extends object>(
    pattern: string,
    run: EntryMap<R, Out>,
    settings?: NodeSettings,
  ): Builder<R | Out>;
  map(...args: readonly unknown[]): Builder<object> {
    const [pattern, run, settings] = withPattern<[UserFunction, NodeSettings?]>(args);
    const name = { type: 'map', doc: 'A function of the user.', options: {} };
    return this.#filter<object>(pattern, functionPlugin(name, run), {}, settings);
  }

  /**
   * Adds a stage of one's own for the tags that match; without a pattern, for all: an async generator from batches to
   * batches, a function that makes a Node Transform on entries, or an operator with its options (`highland(...)`).
   * What it fails on goes to `@ERROR`; then it is made anew.
   */
  through(stage: UserStage, settings?: NodeSettings): Builder<R>;
  through(pattern: string, stage: UserStage, settings?: NodeSettings): Builder<R>;
  through(...args: readonly unknown[]): Builder<R> {
    const [pattern, stage, settings = {}] = withPattern<[UserStage, NodeSettings?]>(args);
    const code = readUserCode(stage);
    if (code.form === 'call') {
      return this.#with({ form: 'called', pattern, call: code.call, settings });
    }
    const name = { type: 'through', doc: 'An operator of the user.', options: {} };
    const plugin =
      code.form === 'transform' ? transformPlugin(name, code.make) : operatorPlugin(name, code.run);
    return this.#filter(pattern, plugin, {}, settings);
  }

  /** Says what the records are. With a schema they are validated, and what does not fit goes to `@ERROR` with the reasons. */
  as<Out extends object>(): Builder<Out>;
  as<Out extends object>(schema: RecordSchema<Out>, settings?: NodeSettings): Builder<Out>;
  as<Out extends object>(schema?: RecordSchema<Out>, settings: NodeSettings = {}): Builder<Out> {
    if (schema === undefined) return new Builder<Out>(this.#ends, this.#settings, this.steps);
    const plugin = defineFilter({
      type: 'as',
      doc: 'Validates records by a schema of the user.',
      options: {},
      create: () => (entry) => validated(entry, schema),
    });
    return this.#filter<Out>('**', anyPlugin(plugin), {}, settings);
  }

  /** Says where the events of the tags that match go, unless a match before took them; without a pattern, all that are left. */
  match(way: (ways: Ways) => Way): Builder<R>;
  match(pattern: string, way: (ways: Ways) => Way): Builder<R>;
  match(...args: readonly unknown[]): Builder<R> {
    const [pattern, way] = withPattern<[(ways: Ways) => Way]>(args);
    return this.#with({ form: 'match', pattern, target: way(new Ways()).branch.target });
  }

  /** Adds to a label what the function adds to its own builder; an input in there enters this label. */
  label(name: string, build: (label: Builder) => Builder<object>): Builder<R> {
    const { steps } = build(new Builder(this.#ends, this.#settings));
    return this.#with({ form: 'label', name, steps });
  }

  /** Adds to `@ERROR`, which gets what could not be processed. */
  onError(build: (label: Builder) => Builder<object>): Builder<R> {
    return this.label(errorLabel, build);
  }

  /** Adds all the steps of another pipeline, or part of one. */
  use<Out extends object>(part: Builder<Out>): Builder<Out> {
    return this.#with<Out>(...part.steps);
  }

  /**
   * The pipeline as frozen data: nothing is made, nothing is open.
   * @throws MillraceError with everything that is wrong: `cause` is the fault, or an AggregateError of all faults
   */
  plan(): Promise<Plan> {
    return planSteps(this.steps, this.#settings);
  }

  /**
   * The pipeline as a configuration in Fluentd's syntax, which compiles to the same plan.
   * @throws as `plan`, and MR_PLAN when a step is code, which no configuration can say
   */
  async toConfig(options: PrintOptions = {}): Promise<string> {
    return this.#ends.print(await this.plan(), this.#settings, options);
  }

  /** Opens and starts the pipeline. @throws as `plan`, and what cannot be made or opened, with its id */
  async run(options: RunOptions = {}): Promise<Running> {
    return this.#ends.run(await this.plan(), options);
  }

  #filter<Out extends object = R>(
    pattern: string,
    plugin: AnyFilter,
    given: unknown,
    settings: NodeSettings = {},
  ): Builder<Out> {
    return this.#with<Out>({ form: 'filter', pattern, plugin, given, settings });
  }

  #with<Out extends object = R>(...more: readonly Step[]): Builder<Out> {
    return new Builder<Out>(this.#ends, this.#settings, [...this.steps, ...more]);
  }
}

/** The arguments with the pattern in front, `**` where they have none. */
function withPattern<T extends readonly unknown[]>(args: readonly unknown[]): [string, ...T] {
  const whole = typeof args[0] === 'string' ? args : ['**', ...args];
  // The overloads have checked them: an implementation of several signatures sees none of them.
  return whole as unknown as [string, ...T];
}
