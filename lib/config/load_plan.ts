import { type Compiled, type CompileSetup, compile } from './compile.ts';
import { processContext } from './context.ts';
import { type ConfigType, loadConfig } from './load.ts';

/** How a configuration file is read. */
export interface LoadSetup extends CompileSetup {
  readonly type?: ConfigType;
}

/** Reads a configuration file with all that it includes and compiles it. It reports every fault at once. */
export async function loadPlan(path: string, setup: LoadSetup): Promise<Compiled> {
  const parsed = await loadConfig(path, processContext(), setup.type);
  const compiled = await compile(parsed.root, setup);
  const isGood = parsed.faults.length === 0;
  const findings = [...parsed.faults, ...compiled.faults];
  const warnings = [...parsed.warnings, ...compiled.warnings];
  return setup.isStrict === true && parsed.warnings.length > 0
    ? { plan: undefined, faults: [...findings, ...parsed.warnings], warnings: compiled.warnings }
    : { plan: isGood ? compiled.plan : undefined, faults: findings, warnings };
}
