import { compile } from '../config/compile.ts';
import { processContext } from '../config/context.ts';
import { loadConfig } from '../config/load.ts';
import { parseConfig } from '../config/parse.ts';
import { formatFaults } from '../config/report.ts';
import { MillraceError } from '../error.ts';
import type { Plan } from '../plan/plan.ts';
import { Catalog } from '../plugin/catalog.ts';

/** A pipeline to be tested: one that was built, the text of a configuration (in Fluentd's v1 syntax), or its file. */
export type PipelineSource = { plan(): Promise<Plan> } | string | { readonly file: string };

/** What reading a configuration may be given. */
export interface SourceSettings {
  /** Where the plugins of a configuration are found. */
  readonly catalog?: Catalog | undefined;
  /** What `${env:NAME}` and `ENV['NAME']` give; the process's own unless given. */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
}

/** @throws MillraceError with everything that is wrong, as a person reads it */
export async function readPlan(source: PipelineSource, settings: SourceSettings): Promise<Plan> {
  if (typeof source === 'object' && 'plan' in source) return source.plan();
  const own = processContext();
  const context = { ...own, env: settings.env ?? own.env };
  const parsed =
    typeof source === 'string'
      ? parseConfig(source, 'test.conf', context)
      : await loadConfig(source.file, context);
  const compiled = await compile(parsed.root, { catalog: settings.catalog ?? new Catalog() });
  const faults = [...parsed.faults, ...compiled.faults];
  if (faults.length === 0 && compiled.plan !== undefined) return compiled.plan;
  const cause = new AggregateError(faults);
  throw new MillraceError(faults[0]?.code ?? 'MR_PLAN', `\n${formatFaults(faults)}`, { cause });
}
