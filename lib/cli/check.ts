import { loadPlan } from '../config/load_plan.ts';
import { faultsToJson, formatFaults } from '../config/report.ts';
import { Catalog } from '../plugin/catalog.ts';
import { counted } from './figures.ts';
import { exitCodes, type Terminal } from './terminal.ts';

export interface CheckOptions {
  readonly plugin: readonly string[];
  readonly json?: boolean;
  readonly strict?: boolean;
}

/** `millrace check`: every fault and warning of every file; fails when there is a fault. */
export async function check(
  files: readonly string[],
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  const catalog = new Catalog(options.plugin);
  const reports: unknown[] = [];
  let isRight = true;
  for (const file of files) {
    const { faults, warnings } = await loadPlan(file, {
      catalog,
      isStrict: options.strict === true,
    });
    if (faults.length > 0) isRight = false;
    if (options.json === true) {
      reports.push(...faultsToJson(faults), ...faultsToJson(warnings, 'warning'));
      continue;
    }
    if (faults.length > 0) terminal.err.write(`${formatFaults(faults)}\n\n`);
    if (warnings.length > 0) terminal.err.write(`${formatFaults(warnings, 'warning')}\n\n`);
    terminal.out.write(`${file}: ${verdict(faults.length, warnings.length)}\n`);
  }
  if (options.json === true) terminal.out.write(`${JSON.stringify(reports, undefined, 2)}\n`);
  return isRight ? exitCodes.ok : exitCodes.failed;
}

function verdict(faults: number, warnings: number): string {
  const parts = [
    faults === 0 ? 'ok' : counted(faults, 'error'),
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
  ];
  return parts.join(', ');
}
