import { MillraceError, toError } from '../error.ts';
import { type Compiled, type CompileSetup, compile } from './compile.ts';
import { processContext } from './context.ts';
import { parseConfig } from './parse.ts';

/** How a configuration file is read. */
export interface LoadSetup extends CompileSetup {
  /** `guess` (by the file's ending) unless told. */
  readonly type?: 'guess' | 'v1' | 'yaml';
}

/** Reads a configuration file with all that it includes and compiles it. It reports every fault at once. */
export async function loadPlan(path: string, setup: LoadSetup): Promise<Compiled> {
  const context = processContext();
  let text: string;
  try {
    text = context.readFile(path);
  } catch (cause) {
    const message = `${path} cannot be read: ${toError(cause).message}`;
    return {
      plan: undefined,
      faults: [new MillraceError('MR_IO', message, { cause })],
      warnings: [],
    };
  }
  const parsed = parseConfig(text, path, context);
  const compiled = await compile(parsed.root, setup);
  return {
    plan: parsed.faults.length === 0 ? compiled.plan : undefined,
    faults: [...parsed.faults, ...compiled.faults],
    warnings: [...parsed.warnings, ...compiled.warnings],
  };
}
