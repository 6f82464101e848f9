import { type Command, Option } from 'commander';

/** Adds `millrace run`, with every option that it has. */
export function describeRun(program: Command): Command {
  return program
    .command('run')
    .description('run a configuration until it is told to stop')
    .requiredOption('-c, --config <file>', 'the configuration')
    .addOption(pluginFolders())
    .option('--dry-run', 'only check, as `check` does')
    .option('--strict', 'unknown options are errors')
    .option('-v, --verbose', 'log more; repeat for still more', count, 0)
    .option('-q, --quiet', 'log less; repeat for still less', count, 0)
    .option('--hints', 'say how to try it out, also when no person watches');
}

/** `--plugin`, which several commands have. */
export function pluginFolders(): Option {
  return new Option('-p, --plugin <folder>', 'a folder with plugins of your own; may be repeated')
    .default([], 'none')
    .argParser<readonly string[]>((folder, before) => [...before, folder]);
}

function count(_: string, before: number): number {
  return before + 1;
}
