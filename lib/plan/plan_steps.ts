import { resolve } from 'node:path';
import { MillraceError } from '../error.ts';
import { Catalog } from '../plugin/catalog.ts';
import { checkPlan } from './check.ts';
import { freezePlan, type InputPlan, nodesOf, type Plan, type Rule, rootLabel } from './plan.ts';
import { StepReader } from './read_step.ts';
import type { CalledStep, FilterStep, MatchStep, PipelineSettings, Step } from './step.ts';

/**
 * Makes a plan of the steps of a builder, as compiling the same configuration would.
 * @throws MillraceError with everything that is wrong: the one fault, or MR_PLAN with an AggregateError as its cause
 */
export async function planSteps(steps: readonly Step[], settings: PipelineSettings): Promise<Plan> {
  const gathering = new Gathering(settings);
  await gathering.add(steps, rootLabel);
  return gathering.finish();
}

/** What the steps have given so far. */
class Gathering {
  readonly #settings: PipelineSettings;
  readonly #rootFolder: string | undefined;
  readonly #reader: StepReader;
  readonly #inputs: InputPlan[] = [];
  readonly #labels = new Map<string, Rule[]>([[rootLabel, []]]);
  #loaded: Plan['system'] | undefined;

  constructor(settings: PipelineSettings) {
    const { catalog = new Catalog(), rootDir } = settings;
    this.#settings = settings;
    this.#rootFolder = rootDir === undefined ? undefined : resolve(rootDir);
    this.#reader = new StepReader(catalog, this.#rootFolder);
  }

  /** Reads steps in order, so that ids are numbered as in a configuration. */
  async add(steps: readonly Step[], label: string): Promise<void> {
    for (const step of steps) {
      if (step.form === 'input') this.#inputs.push(await this.#reader.input(step, label));
      else if (step.form === 'label') {
        this.#rulesOf(step.name);
        await this.add(step.steps, step.name);
      } else if (step.form === 'loaded') this.#merge(await step.load(), label);
      else {
        const rule = await this.#rule(step);
        if (rule !== undefined) this.#rulesOf(label).push(rule);
      }
    }
  }

  #rule(step: FilterStep | CalledStep | MatchStep): Promise<Rule | undefined> {
    if (step.form === 'match') return this.#reader.match(step);
    return step.form === 'called' ? this.#reader.called(step) : this.#reader.filter(step);
  }

  /** @throws MillraceError with all that was found wrong */
  finish(): Plan {
    const { logLevel = this.#loaded?.logLevel } = this.#settings;
    const plan: Plan = {
      system: {
        workers: this.#loaded?.workers ?? 1,
        rootFolder: this.#rootFolder ?? this.#loaded?.rootFolder,
        logLevel,
        logFormat: this.#loaded?.logFormat ?? 'text',
      },
      inputs: this.#inputs,
      labels: [...this.#labels].map(([name, rules]) => ({ name, rules, at: undefined })),
    };
    const faults = [...this.#reader.faults, ...checkPlan(plan)];
    if (faults.length > 0) throw allIn(faults);
    return freezePlan(plan);
  }

  /** A plan's own labels stay what they are; what stands outside of them comes into `label`. */
  #merge(plan: Plan, label: string): void {
    this.#loaded ??= plan.system;
    this.#reader.reserve(nodesOf(plan).map(({ id }) => id));
    for (const input of plan.inputs) {
      this.#inputs.push(input.label === rootLabel ? { ...input, label } : input);
    }
    for (const { name, rules } of plan.labels) {
      this.#rulesOf(name === rootLabel ? label : name).push(...rules);
    }
  }

  #rulesOf(label: string): Rule[] {
    const known = this.#labels.get(label);
    if (known !== undefined) return known;
    const rules: Rule[] = [];
    this.#labels.set(label, rules);
    return rules;
  }
}

function allIn(faults: readonly MillraceError[]): MillraceError {
  const [first] = faults;
  if (first !== undefined && faults.length === 1) return first;
  const list = faults.map(({ message, hint }) =>
    hint === undefined ? `\n- ${message}` : `\n- ${message} (${hint})`,
  );
  const cause = new AggregateError(faults);
  return new MillraceError('MR_PLAN', `the pipeline has ${faults.length} faults:${list.join('')}`, {
    cause,
  });
}
