import type { MillraceError } from '../error.ts';
import type { SourceSection } from '../option/option.ts';
import { checkPlan } from '../plan/check.ts';
import type { InputPlan, LabelPlan, Plan, Rule } from '../plan/plan.ts';
import { freezePlan, rootLabel } from '../plan/plan.ts';
import type { Catalog } from '../plugin/catalog.ts';
import { Compilation } from './compilation.ts';
import { readInput, readRule } from './compile_node.ts';
import { readSystem } from './compile_system.ts';
import type { Element } from './element.ts';
import { toSection } from './source_section.ts';

/** What compiling a configuration needs. */
export interface CompileSetup {
  readonly catalog: Catalog;
  /** Unknown keys are faults instead of warnings. */
  readonly isStrict?: boolean;
}

/** A plan, or the faults that stand in its way. Warnings never do. */
export interface Compiled {
  readonly plan: Plan | undefined;
  readonly faults: readonly MillraceError[];
  readonly warnings: readonly MillraceError[];
}

/** Compiles a configuration to a plan. It reports every fault at once, opens nothing and makes no plugin. */
export async function compile(root: Element, setup: CompileSetup): Promise<Compiled> {
  const compilation = new Compilation(setup.catalog, setup.isStrict === true);
  const top = toSection(root);
  compilation.rejectKeys(top, 'the top level');
  const system = await readSystem(top, compilation);
  const inputs: InputPlan[] = [];
  const rules: Rule[] = [];
  const labels: LabelPlan[] = [];
  compilation.rootFolder = system.rootFolder;
  for (const section of flattenWorkers(top, compilation)) {
    if (section.name === 'source') push(inputs, await readInput(section, compilation));
    else if (section.name === 'match' || section.name === 'filter') {
      push(rules, await readRule(section, compilation, rootLabel));
    } else if (section.name === 'label')
      push(labels, await readLabel(section, labels, compilation));
    else if (section.name !== 'system') compilation.unknownDirective(section);
  }
  const plan: Plan = {
    system,
    inputs,
    labels: [{ name: rootLabel, rules, at: root.at }, ...labels],
  };
  const faults = compilation.faults.length > 0 ? checkAnyway(plan) : checkPlan(plan);
  compilation.faults.push(...faults);
  const isGood = compilation.faults.length === 0;
  return {
    plan: isGood ? freezePlan(plan) : undefined,
    faults: inOrder(compilation.faults),
    warnings: inOrder(compilation.warnings),
  };
}

/** A plan with holes may break a check; the faults that made the holes are reported in any case. */
function checkAnyway(plan: Plan): MillraceError[] {
  try {
    return checkPlan(plan);
  } catch {
    return [];
  }
}

async function readLabel(
  section: SourceSection,
  earlier: readonly LabelPlan[],
  compilation: Compilation,
): Promise<LabelPlan | undefined> {
  const name = section.argument;
  if (name === '') compilation.fault('MR_CONFIG_SYNTAX', '<label> needs a name', section.at);
  else if (name === rootLabel) {
    compilation.fault(
      'MR_PLAN',
      `\`${rootLabel}\` is built in and cannot be defined`,
      section.argumentAt,
    );
  } else if (earlier.some((label) => label.name === name)) {
    compilation.fault('MR_PLAN', `label \`${name}\` is defined twice`, section.argumentAt);
  }
  compilation.rejectKeys(section, `<label ${name}>`);
  const rules: Rule[] = [];
  for (const inner of section.sections) {
    if (inner.name === 'match' || inner.name === 'filter') {
      push(rules, await readRule(inner, compilation, name));
    } else compilation.unknownDirective(inner);
  }
  return name === '' || name === rootLabel ? undefined : { name, rules, at: section.at };
}

/** Worker sections are checked; with one worker, what stands in `<worker 0>` runs as if it stood outside. */
function flattenWorkers(top: SourceSection, compilation: Compilation): SourceSection[] {
  const flat: SourceSection[] = [];
  const taken = new Set<number>();
  for (const section of top.sections) {
    if (section.name !== 'worker') {
      flat.push(section);
      continue;
    }
    const ids = workerIds(section.argument);
    if (ids === undefined) {
      const hint = 'write a worker id or a range: <worker 0>, <worker 0-2>';
      const message = `<worker> cannot be read: \`${section.argument}\``;
      compilation.fault('MR_CONFIG_SYNTAX', message, section.argumentAt ?? section.at, hint);
      continue;
    }
    for (const id of ids) {
      if (taken.has(id)) {
        compilation.fault(
          'MR_PLAN',
          `worker ${id} stands in two <worker> sections`,
          section.argumentAt,
        );
      }
      taken.add(id);
    }
    for (const inner of section.sections) {
      if (!['source', 'match', 'filter', 'label'].includes(inner.name))
        compilation.unknownDirective(inner);
      else if (ids.includes(0)) flat.push(inner);
    }
  }
  return flat;
}

function workerIds(argument: string): readonly number[] | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(argument.trim());
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (last < first || last - first > 1023) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function push<T>(list: T[], found: T | undefined): void {
  if (found !== undefined) list.push(found);
}

function inOrder(faults: readonly MillraceError[]): MillraceError[] {
  const key = (fault: MillraceError): [string, number, number] =>
    fault.at === undefined ? ['', 0, 0] : [fault.at.file, fault.at.line, fault.at.column];
  return faults.toSorted((a, b) => {
    const [fileA, lineA, columnA] = key(a);
    const [fileB, lineB, columnB] = key(b);
    if (fileA !== fileB) return fileA < fileB ? -1 : 1;
    return lineA - lineB || columnA - columnB;
  });
}
