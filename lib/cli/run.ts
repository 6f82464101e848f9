import { loadPlan } from '../config/load_plan.ts';
import { Catalog } from '../plugin/catalog.ts';
import { compileLate } from '../process/late_compile.ts';
import { runPlan } from '../process/run_plan.ts';
import { exitCodes, type Terminal } from './terminal.ts';

export interface RunOptions {
  readonly config: string;
  readonly plugin: readonly string[];
  readonly dryRun?: boolean;
  readonly strict?: boolean;
  readonly verbose: number;
  readonly quiet: number;
  readonly hints?: boolean;
}

/** `millrace run`: checks a configuration and runs it; resolves when it has stopped. */
export async function run(options: RunOptions, terminal: Terminal): Promise<number> {
  compileLate();
  const { plan, faults, warnings } = await loadPlan(options.config, {
    catalog: new Catalog(options.plugin),
    isStrict: options.strict === true,
  });
  if (warnings.length > 0 || plan === undefined) {
    const { formatFaults } = await import('../config/report.ts');
    if (warnings.length > 0) terminal.err.write(`${formatFaults(warnings, 'warning')}\n\n`);
    if (plan === undefined) {
      terminal.err.write(`${formatFaults(faults)}\n`);
      return exitCodes.failed;
    }
  }
  if (options.dryRun === true) {
    terminal.out.write(`${options.config}: ok\n`);
    return exitCodes.ok;
  }
  const hints =
    (options.hints ?? terminal.isInteractive) ? (await import('./hints.ts')).hintsFor(plan) : '';
  return runPlan(plan, {
    out: terminal.out,
    err: terminal.err,
    verbosity: options.verbose - options.quiet,
    onStarted() {
      if (hints !== '') terminal.err.write(hints);
    },
  });
}
