import { parseArgs } from 'node:util';
import type { RunOptions } from './run.ts';

/**
 * The options of a plain `run -c FILE`, read without commander, whose loading was a tenth of what a start cost;
 * undefined for every other command line, and for one with a mistake: commander reads it, and says what is wrong.
 */
export function readRun([command, ...args]: readonly string[]): RunOptions | undefined {
  if (command !== 'run') return undefined;
  try {
    const { values } = parseArgs({
      args,
      options: {
        config: { type: 'string', short: 'c' },
        plugin: { type: 'string', short: 'p', multiple: true },
        'dry-run': { type: 'boolean' },
        strict: { type: 'boolean' },
        verbose: { type: 'boolean', short: 'v', multiple: true },
        quiet: { type: 'boolean', short: 'q', multiple: true },
        hints: { type: 'boolean' },
      },
    });
    const { config, plugin = [], 'dry-run': dryRun, verbose = [], quiet = [], ...rest } = values;
    if (config === undefined) return undefined;
    return {
      ...rest,
      ...(dryRun === undefined ? {} : { dryRun }),
      ...{ config, plugin, verbose: verbose.length, quiet: quiet.length },
    };
  } catch {
    return undefined;
  }
}
